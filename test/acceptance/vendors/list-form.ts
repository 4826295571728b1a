// Possible formats of CodeSubmit's list of sent challenges, which is undocumented.
import fc from 'fast-check';

export interface ListForm {
  readonly challenge: 'object' | 'name' | 'id';
  readonly order: 'newest first' | 'oldest first';
  readonly pageSize: number;
}

export const documentedForm: ListForm = {
  challenge: 'object',
  order: 'newest first',
  pageSize: 25,
};

/** Formats that say who was sent which challenge when. */
export const readableForms: fc.Arbitrary<ListForm> = fc.record({
  challenge: fc.constantFrom('object', 'name', 'id'),
  order: fc.constantFrom('newest first', 'oldest first'),
  pageSize: fc.constantFrom(25, 250),
});
