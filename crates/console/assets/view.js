// The rendering library, in one place: everything else imports it from here.

export {
  Component, createContext, h, html, render,
  useCallback, useContext, useEffect, useErrorBoundary, useLayoutEffect, useMemo, useReducer, useRef, useState,
} from "./vendor/preact-htm.js";
