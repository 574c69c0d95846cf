// What the ring that started this script told it: where the simulator is and who is in it.

import { readFileSync } from "node:fs";

export const told = JSON.parse(readFileSync(process.env.TOLD, "utf8"));
export const person = (name) => told.people.find((one) => one.upn.startsWith(`${name}@`));
