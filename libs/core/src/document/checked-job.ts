/** One job of a document after it was checked by itself: names of parents are not resolved yet. */
export interface CheckedJob {
  name: string;
  label: string;
  /** Name of its entry in the header's `templates`; `''` for a barrier without one. */
  template: string;
  kind: 'job' | 'barrier' | 'group';
  /** Name of the group it belongs to, or null. */
  group: string | null;
  /** Of a group: false lets what comes after it run although a member failed. Default true. */
  blocking?: boolean;
  /** Parents that must finish: a position in the document, or a name. Merged: no parent twice. */
  parents: (number | string)[];
  /** Parents that must only end. A parent named in both lists is only in `parents`. */
  endedParents: (number | string)[];
  /**
   * JSON text of what only the worker or a report needs (vars, params, inputs, outputs, tags, weight, observed, and `files`:
   * the header's entries of the inputs and outputs that it names, where they have a uri); null: nothing.
   */
  spec: string | null;
}
