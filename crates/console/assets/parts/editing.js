// Editing something that is there: read it, change it, and never over somebody else's change without a word.

import { put, replace } from "../api.js";

/**
 * Saves through `replace`; after a conflict, when that is wanted, over what somebody else saved. The form's `seen` is what its input rests on.
 * @param {{form: any, path: string, body: any, take: (thing: any) => void, place?: string, part?: (thing: any) => any, canBeMade?: boolean}} options
 *   `take` gets what is stored in the end; `place` is the body's place among the form's values; `part` makes the values that this form rests on
 *   of what is stored, where `updated_at` tells of other things too; `canBeMade`: a PUT makes what is not there
 */
export async function saved({ form, path, body, take, place = "", part, canBeMade }) {
  try {
    const answer = await below(place, () => (form.isOver ? put(path, body) : replace(path, form.seen, body, { part, canBeMade })));
    take(answer.result);
    return answer;
  } catch (error) {
    const { theirs } = error;
    if (theirs) {
      if (part) error.theirs = part(theirs);
      error.takeTheirs = () => take(theirs);
    }
    throw error;
  }
}

/** Work on one part of a form's values: what is refused is told at its place in the whole. */
export async function below(place, work) {
  try {
    return await work();
  } catch (error) {
    if (error.faults) error.faults = error.faults.map((fault) => ({ ...fault, pointer: `${place}${fault.pointer}` }));
    throw error;
  }
}
