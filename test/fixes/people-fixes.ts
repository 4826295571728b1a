/** Problems with one candidate: a mistyped or changed tag, a second challenge, too many at once. */
import { type FixWorld, STAGE, TAG } from './fix-world.js';
import { does, types, type Fix } from './fix.js';

const FRONTEND = 'codesubmit:frontend';
const WHO = 'Wanted Person';

const lever = ({ simulator }: FixWorld) => simulator.lever;

/** The candidate of a row; each row has its own. */
function idOf(world: FixWorld, name: string): string {
  const found = [...lever(world).opportunities.all.values()].find(
    ({ id }) => lever(world).opportunities.sight(id, 0).contact.name === name,
  );
  if (!found) throw new Error(`nobody is called ${name}`);
  return found.id;
}

const arrives =
  (name: string, overrides: object = {}) =>
  async (world: FixWorld) => {
    world.person({
      name,
      emails: [`${name.replace(/\W/g, '.').toLowerCase()}@example.com`],
      ...overrides,
    });
    await world.sweep();
  };

const setTags = (name: string, from: string[], to: string[]) => async (world: FixWorld) => {
  lever(world).actions.removeTags(idOf(world, name), from);
  lever(world).actions.addTags(idOf(world, name), to);
  await world.sweep();
};

export const PEOPLE_FIXES: readonly Fix[] = [
  {
    wrong: 'a tag has a stray space, seen by doctor',
    break: arrives(`${WHO} Doctor`, { tags: ['codesubmit: backend'] }),
    look: { doctor: 'held' },
    says: /on hold: the tag looks mistyped \(\d\)/,
    fix: [types(), does(/in Lever/, setTags(`${WHO} Doctor`, ['codesubmit: backend'], [TAG]))],
  },
  {
    wrong: 'the posting’s tag is changed after the move',
    break: async (world) => {
      const name = `${WHO} Changed`;
      const { id: postingId } = lever(world).postings.add({ text: 'Engineer', tags: [TAG] });
      await arrives(name, { postingId, tags: [] })(world);
      await world.untilState(idOf(world, name), 'linked');
      lever(world).postings.setTags(postingId, [FRONTEND]);
      await world.sweep();
    },
    look: { story: `${WHO} Changed` },
    says: /Gets nothing: already has it \(another challenge than the tags and rules say now\)/,
    fix: [types({ CHALLENGE: 'Frontend React' })],
    isWell: /Frontend React: linked/,
  },
  {
    wrong: 'a candidate comes back for a second challenge',
    break: async (world) => {
      const name = `${WHO} Again`;
      await arrives(name)(world);
      await world.untilState(idOf(world, name), 'linked');
      lever(world).actions.move(idOf(world, name), 'Phone screen');
      await setTags(name, [TAG], [FRONTEND])(world);
      lever(world).actions.move(idOf(world, name), STAGE);
      await world.sweep();
    },
    look: { story: `${WHO} Again` },
    says: /Is on hold: already had another challenge in this stage/,
    fix: [types()],
    isWell: /Frontend React: linked/,
  },
  {
    wrong: 'a candidate came to the stage before the rule was added',
    break: async (world) => {
      const id = world.person({ name: `${WHO} Early`, stageId: 'On-site', tags: ['early'] });
      // A rule applies from five seconds before it is stored, and Lever's clock has whole seconds.
      for (const change of lever(world).opportunities.get(id).stageChanges) {
        change.updatedAt -= 10_000;
      }
      await world.succeed('rules', 'add', 'stage=On-site;tag=early;challenge=Data Pipeline');
      await world.sweep();
      return id;
    },
    look: { story: `${WHO} Early` },
    says: /Gets nothing: came to the stage before the rule/,
    fix: [types()],
    isWell: /Data Pipeline: linked/,
  },
  {
    wrong: 'too many would be sent at once',
    break: async (world) => {
      await world.succeed('setup', '--no-input', '--brake', '1/10');
      for (const n of ['One', 'Two', 'Three']) await arrives(`${WHO} StageBatch ${n}`)(world);
    },
    look: { doctor: 'brake' },
    says: /candidates in “Take-home” \(tag codesubmit:backend\)/,
    fix: [types()],
    after: (world) => world.succeed('setup', '--no-input', '--brake', 'off'),
  },
];
