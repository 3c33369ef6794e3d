/** A row that breaks an invariant, found by holding what was seen from outside against the books. */
export interface OutsideFault {
  id: string;
  wrong: string;
}
