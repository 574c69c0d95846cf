// Counts and prints the checks of a ring, as support/checks.py does for Python.

import { writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";

export class Checks {
  passed = 0;
  failed = 0;

  that(what, holds, met) {
    if (holds) {
      this.passed += 1;
      console.log(`  ok    ${what}`);
    } else {
      this.failed += 1;
      console.log(`  WRONG ${what}`);
      if (met !== undefined) console.log(`        met: ${typeof met === "string" ? met : JSON.stringify(met)}`);
    }
    return Boolean(holds);
  }

  equal(what, found, wanted) {
    return this.that(what, isDeepStrictEqual(found, wanted), `${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`);
  }

  // A call that must fail; returns what it failed with.
  async refused(what, call, holds) {
    try {
      this.that(what, false, await call());
    } catch (error) {
      this.that(what, holds(error), error.stack);
      return error;
    }
  }

  // A part whose exception is a failed check, so that the parts after it still run.
  async part(what, steps) {
    console.log(` ${what}`);
    try {
      await steps();
    } catch (error) {
      this.failed += 1;
      console.log(`  WRONG ${what}: ended by an exception\n        met: ${error}`);
      console.log(error);
    }
  }

  finish() {
    if (process.env.RING_RESULT) writeFileSync(process.env.RING_RESULT, `${this.passed} ${this.failed}\n`);
    process.exit(this.failed || !this.passed ? 1 : 0);
  }
}
