// Who is in the console and what they may do, for every page.

import { createContext, useContext } from "./view.js";

/** @typedef {{kind: string, name: string, role: string | null, permissions: string[], expires_at: string | null, organization: string, learn: (news: object) => void}} Session `learn` takes what a page changed of it */

export const SessionContext = createContext(null);

/** @returns {Session} */
export const useSession = () => useContext(SessionContext);

/** Permissions by short names, as pages ask for them. */
const NAMES = {
  apps: "Access: Apps and Policies Write",
  organization: "Access: Organizations, Identity Providers, and Groups Write",
  console: "Doorward: Administrators Write",
  serviceTokens: "Access: Service Tokens Write",
  lists: "Zero Trust Write",
  policyTests: "Access: Policy Test Write",
  users: "Zero Trust: Seats Write",
  backup: "Doorward: Backup Read",
  account: "Account Settings Write",
  tokens: "Account API Tokens Write",
  certificates: "Access: Mutual TLS Certificates Write",
  pages: "Access: Custom Pages Write",
  revoke: "Access: Apps and Policies Revoke",
};

/** True when the person may change things of this kind. The API decides in any case; this is what spares people a refusal. */
export const useMay = (what) => useSession().permissions.includes(NAMES[what]);
