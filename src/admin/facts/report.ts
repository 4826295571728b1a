/**
 * A report that is safe to send to a stranger: versions, check results, settings, counts, and the
 * shape of the vendors' replies. It contains no name, address, id, key or text from the account.
 */
import {
  SETTINGS,
  settingsFromEnvironment,
  type SettingName,
  type Settings,
} from '../../store/settings/settings.js';
import { ANY_TAG } from '../../domain/rule.js';
import { schemaVersion } from '../../store/database/migrate.js';
import { shownKey, textFormat, storedShapes } from '../../store/reply-shapes.js';
import { countDecisionsAndUpdates, readCounts } from '../queries/decisions.js';
import type { CheckResult } from './fact.js';
import type { Inspection } from './inspection.js';
import { listProblems } from './facts.js';

export type Report = ReturnType<typeof makeReport>;

/** The report. Of each check it has only id and status: the sentences may name stages, candidates or addresses. */
export function makeReport(inspection: Inspection, checks: readonly CheckResult[]) {
  const { runtime, opened } = inspection;
  const app = opened instanceof Error ? null : opened;
  return {
    about:
      'Made by codesubmit-lever doctor --report. It contains no name, address, id or key. Replies are reduced to paths and formats.',
    madeAt: new Date(inspection.now).toISOString(),
    versions: {
      program: runtime.version,
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      ...(app && {
        sqlite: app.database.get<{ v: string }>('SELECT sqlite_version() AS v')?.v ?? '',
        schema: schemaVersion(app.database),
      }),
    },
    checks: checks.map(({ id, status }) => ({ id, status })),
    /** Null when the data directory doesn't open. */
    integration: app && describeIntegration(inspection),
    /** What the vendors answered just now, and what they have answered to writes. */
    replies: app ? storedShapes(app.database) : [],
  };
}

/** Nothing private: states, codes and counts, and the settings only as `redactSetting` shows them. */
function describeIntegration(inspection: Inspection) {
  const { app } = inspection;
  const rules = app.rules.listActive();
  return {
    state: app.integration.state(),
    problems: listProblems(app).map(({ code, level, since }) => ({ code, level, since })),
    settings: Object.fromEntries(
      (Object.keys(SETTINGS) as SettingName[]).map((name) => [
        name,
        redactSetting(name, inspection.settings[name]),
      ]),
    ),
    /** Settings that come from the environment. */
    fromEnvironment: Object.keys(settingsFromEnvironment(inspection.runtime.env)),
    rules: {
      total: rules.length,
      forAnyTag: rules.filter(({ tag }) => tag === ANY_TAG).length,
      delayed: rules.filter(({ delayMinutes }) => delayMinutes > 0).length,
    },
    counts: { ...readCounts(app), ...countDecisionsAndUpdates(app.database) },
  };
}

/**
 * A setting's value without anything private. Numbers, switches and words of a fixed set stay as they are. Of a path
 * into a reply the known field names stay, and of other texts only the format.
 */
function redactSetting(name: SettingName, value: Settings[SettingName]): unknown {
  if (typeof value !== 'string' || SETTINGS[name].parse.words) return value;
  if (name.endsWith('Path')) return value.split('.').map(shownKey).join('.');
  return `set: ${textFormat(value)}`;
}

/**
 * Reads what the checks may not have read, and one candidate of the first rule's stage, only so that `onReply` sees what
 * such replies look like. Throws `ApiError`.
 */
export async function readOtherRoutes({ app, vendors, now }: Inspection): Promise<void> {
  const lever = vendors().lever();
  for (const route of ['GET /users', 'GET /tags', 'GET /postings'] as const)
    await lever.canList(route);
  await lever.listDeleted(now);
  const [rule] = app.rules.listActive();
  if (!rule) return;
  for await (const { opportunities } of lever.listStage(rule.stageId)) {
    const [first] = opportunities;
    if (!first) return;
    await lever.readPostingTags(first.id);
    await lever.hasNote(first.id, '');
    // One candidate is enough: no further page is read.
    return;
  }
}
