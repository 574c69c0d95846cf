// Editing something that is there: read it, change it, and never over somebody else's change without a word.

import { put, replace } from "../api.js";

/**
 * Saves through `replace`; on a conflict the refusal knows both ways on.
 * @param {{form: any, path: string, seen?: any, body: any, take: (thing: any) => void, done?: (answer: any) => void, place?: string, part?: (thing: any) => any}} options
 *   `take` gets what is stored in the end; `seen` is what the input rests on, unless the form knows; `done` is told of input that was saved over a
 *   conflict; `place` is the body's place among the form's values; `part` makes such values of what is stored, for what has no `updated_at`
 */
export async function saved({ form, path, seen = form.seen, body, take, done, place = "", part }) {
  try {
    const answer = await below(place, () => replace(path, seen, body, part));
    take(answer.result);
    return answer;
  } catch (error) {
    const { theirs } = error;
    if (theirs) {
      if (part) error.theirs = part(theirs);
      error.takeTheirs = () => take(theirs);
      error.saveMine = async () => {
        try {
          const answer = await below(place, () => put(path, body));
          take(answer.result);
          await done?.(answer);
        } catch (again) {
          form.setRefusal(again);
        }
      };
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
