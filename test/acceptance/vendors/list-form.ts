// Possible formats of CodeSubmit's list of sent challenges, which is undocumented.
import fc from 'fast-check';

export interface ListForm {
  readonly address: 'plain' | 'nested' | 'masked' | 'absent';
  readonly challenge: 'object' | 'name' | 'id' | 'id of another kind' | 'absent';
  readonly date: 'exact' | 'without zone' | 'without time' | 'absent';
  readonly order: 'newest first' | 'oldest first';
  readonly count: 'right' | 'absent' | 'too many';
  readonly pageSize: number;
}

export const documentedForm: ListForm = {
  address: 'plain',
  challenge: 'object',
  date: 'exact',
  order: 'newest first',
  count: 'right',
  pageSize: 25,
};

/** Formats that say who was sent which challenge when. */
const readable: fc.Arbitrary<Partial<ListForm>> = fc.record({
  challenge: fc.constantFrom('object', 'name', 'id'),
  order: fc.constantFrom('newest first', 'oldest first'),
  pageSize: fc.constantFrom(25, 250),
});

/** Formats that lack one or two things. */
const odd: fc.Arbitrary<Partial<ListForm>> = fc
  .uniqueArray(
    fc.constantFrom<Partial<ListForm>>(
      { address: 'nested' },
      { address: 'masked' },
      { address: 'absent' },
      { challenge: 'id of another kind' },
      { challenge: 'absent' },
      { date: 'without zone' },
      { date: 'without time' },
      { date: 'absent' },
      { count: 'absent' },
      { count: 'too many' },
    ),
    { minLength: 1, maxLength: 2, selector: (one) => Object.keys(one)[0] },
  )
  .map((parts) => Object.assign({}, ...parts) as Partial<ListForm>);

export const readableForms = readable.map((parts) => ({ ...documentedForm, ...parts }));
export const allForms = fc
  .tuple(readable, fc.oneof(fc.constant({}), odd, odd, odd))
  .map((parts) => ({ ...documentedForm, ...parts[0], ...parts[1] }))
  // A single page is read again for every challenge, several only after five minutes.
  .map((form) => (isTold(form) ? form : { ...form, pageSize: 250 }));

/** A list that can't show who was sent what. */
export function isTold({ address, challenge, count }: ListForm): boolean {
  const isNamed = ['object', 'name', 'id'].includes(challenge);
  return address === 'plain' && isNamed && count !== 'too many';
}
