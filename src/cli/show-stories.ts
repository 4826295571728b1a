/** `status WHO`: the story of each candidate that is meant, or what Lever says of somebody unknown here. */
import type { Glimpse, Story } from '../app/story.js';
import { AppError } from '../domain/errors.js';
import type { CommandContext } from './command-context.js';
import type { Io } from './io.js';
import { printTable } from './table.js';

/** Throws `not_found` when nobody is known by that and it is no id that Lever could be asked for. */
export async function showStories(
  context: CommandContext,
  who: string,
  isJson: boolean,
): Promise<void> {
  const { io, withHouse } = context;
  const { findPeople, idIn } = await import('../app/find-people.js');
  const { glimpse, tellStory } = await import('../app/story.js');
  const { requireInUse } = await import('../app/controls.js');
  await withHouse(async (house) => {
    const stories = findPeople(house, who).map(({ id }) => tellStory(house, id));
    if (stories.length > 0) {
      if (isJson) io.json({ stories });
      else for (const story of stories) printStory(io, story);
      return;
    }
    const id = idIn(who);
    if (id === undefined) {
      const hint =
        'Give their Lever address or id: codesubmit-lever status https://hire.lever.co/candidates/…';
      throw new AppError('not_found', `Nobody is known here as “${who}”.`, hint);
    }
    requireInUse(house);
    const seen = await glimpse(house, id);
    if (isJson) io.json({ stories: [], lever: seen });
    else printGlimpse(io, seen);
  });
}

function printStory(io: Io, { candidate, opportunityId, url, entries }: Story): void {
  io.out(io.paint.bold(candidate ?? opportunityId));
  io.out(url ?? opportunityId);
  const rows = entries.map(({ at, what, outcome, detail }) => [at, what, outcome, detail ?? '']);
  printTable(io, ['WHEN', 'WHAT', 'OUTCOME', 'DETAIL'], rows);
  io.out('');
}

function printGlimpse(io: Io, seen: Glimpse): void {
  if (!seen.isSeen) {
    io.out(`${seen.opportunityId}: nothing is known here, and Lever does not show it.`);
    return;
  }
  io.out(io.paint.bold(seen.candidate ?? seen.opportunityId));
  io.out('Nothing was decided here yet; read from Lever now.');
  io.out(`Would be: ${seen.wouldBe}`);
  io.out(seen.deliveries === 0 ? 'No delivery ever came.' : `Deliveries: ${seen.deliveries}`);
}
