// Loads packages from the folder that scripts/setup filled (NODE_PATH, which `import` by itself does not look at).

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);

export const load = (name) => import(pathToFileURL(require.resolve(name)).href);
