/** Parts of the code that matters most, each with the tests that shall notice a change in it: the nearest and quickest. */
export const PARTS = {
  decide: {
    change: ['src/domain/decide/*.ts'],
    tests: ['src/domain/decide/*.test.ts'],
  },
  list: {
    change: ['src/codesubmit/what-list-proves.ts', 'src/store/sent-list-store.ts'],
    tests: [
      'src/codesubmit/*.test.ts',
      'test/invitations/{listed-already,other-senders,sent-list-reader,sent-list-state,unknown-outcomes}.test.ts',
      'test/inbox/manual-invitations.test.ts',
    ],
  },
  promises: {
    change: [
      'src/store/{candidates,deliveries,events,invitation-queries,invitations,writebacks}.ts',
    ],
    tests: [
      'src/store/*.test.ts',
      'test/{inbox,ingress,invitations,progress,writebacks}/*.test.ts',
    ],
  },
  steps: {
    change: ['src/bridge/{bridge,send,settle,sweep,write-back}.ts'],
    tests: [
      'src/bridge/*.test.ts',
      'test/{inbox,invitations,progress,writebacks}/*.test.ts',
      'test/database/undecidable.test.ts',
    ],
  },
  stores: {
    change: [
      'src/store/*.ts',
      '!src/store/{candidates,deliveries,events,invitation-queries,invitations,sent-list-store,writebacks}.ts',
    ],
    tests: [
      'src/store/*.test.ts',
      'test/{inbox,invitations,progress,writebacks}/*.test.ts',
      'test/alarms/*.test.ts',
      'test/database/reply-shapes.test.ts',
      'test/integration/{clock-watch,credentials,lever-account,rejected-keys,shared-rate,states,stored-secrets}.test.ts',
      'test/oauth/*.test.ts',
      'test/preview/*.test.ts',
    ],
  },
};

/** The part that a run is about: the variable MUTATION_PART names it. */
export const partName = process.env.MUTATION_PART ?? 'decide';
export const part = PARTS[partName];
