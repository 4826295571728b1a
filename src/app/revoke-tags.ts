/** Takes away the tags on why somebody waits, once the integration is revoked. */
import { ApiError } from '../domain/errors.js';
import { HOLD_TOPIC } from '../invitations/hold-tags.js';
import type { LeverClient } from '../lever/lever-client.js';
import type { UnwantedTag } from '../writebacks/writeback-rows.js';
import type { House } from './house.js';
import { LAST_ACCESS_MS, type LastAccess } from './last-access.js';
import { makeLeverClient } from './create-lever-client.js';

export interface RevokedTags {
  taken: number;
  /** Candidates who carry one still, for all that is known. */
  left: number;
}

const AT_ONCE = 8;

/** Never throws `ApiError`. */
export async function revokeTags(
  house: House,
  access: LastAccess | undefined,
): Promise<RevokedTags> {
  const { writebacks } = house;
  const before = writebacks.listUnwantedTags(HOLD_TOPIC);
  if (before.length > 0 && access) await takeAll(house, access, before);
  const left = writebacks.listUnwantedTags(HOLD_TOPIC).length;
  return { taken: before.length - left, left };
}

/** What Lever refuses once it will refuse again: that is left. */
async function takeAll(
  house: House,
  { configuration, auth }: LastAccess,
  tags: readonly UnwantedTag[],
): Promise<void> {
  const signal = AbortSignal.timeout(LAST_ACCESS_MS);
  const http = { ...house.http, signal };
  const lever = makeLeverClient(house, configuration.settings, auth, http);
  for (let start = 0; start < tags.length && !signal.aborted; start += AT_ONCE) {
    const some = tags.slice(start, start + AT_ONCE);
    await Promise.all(some.map((tag) => take(house, lever, tag)));
  }
}

async function take(house: House, lever: LeverClient, tag: UnwantedTag): Promise<void> {
  try {
    await lever.removeTags(tag.opportunityId, tag.tags);
  } catch (error) {
    if (error instanceof ApiError) return;
    throw error;
  }
  const { database, writebacks, surroundings } = house;
  await database.write(() => {
    writebacks.finishUnwantedTag(tag.id, surroundings.clock.now());
  });
}
