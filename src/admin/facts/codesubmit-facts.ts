/** Facts of CodeSubmit: whether it accepts us, has the rules’ challenges, and lists who was sent what. */
import {
  findNewestProgress,
  linkOf,
  listDueLookups,
  countRepeated,
  listSentTwice,
  listStatusNumbers,
} from '../../store/invitation-queries.js';
import { allButOne, type Catalog, isForEvery } from '../../domain/decide/challenge-tags.js';
import { count, listInWords } from '../../domain/format.js';
import type { Rule } from '../../domain/rule.js';
import { addRuleCommand } from '../../domain/rule-spec.js';
import { isUnreadable, knownChallenges, challengeIdOf } from '../../codesubmit/what-list-proves.js';
import { FOLLOW_MS } from '../../bridge/follow-progress.js';
import { stateOf } from '../../store/integration-store.js';
import { getInvitation } from '../../store/invitations.js';
import { readCounts } from '../queries/decisions.js';
import type { Inspection } from './inspection.js';
import { UNTRIED, type Answer, type Fact, type Known, type Wrong } from './fact.js';
import { accountFact } from './account-fact.js';
import type { RowPart, RowShape } from '../../codesubmit/codesubmit-records.js';

const ROW_WORDS: Record<RowPart, string> = {
  email: 'a whole address',
  challenge: 'a challenge that is in the list of challenges',
  date: 'a date with a time and a zone',
};

/** The command that sets where rows show these parts: by the paths found, or by a placeholder for each missing one. */
function rowPathsCommand(parts: readonly RowPart[], proposed: RowShape['proposed'] = {}): string {
  const flags = parts.map(
    (part) => `--list-${part}-path ${proposed[part] ?? `${part.toUpperCase()}_PATH`}`,
  );
  return ['codesubmit-lever setup', ...flags].join(' ');
}

/**
 * A rule's challenge that can't be sent. `isArchived` is as CodeSubmit's list of challenges shows it; undefined if the
 * list lacks it, or wasn't read. False: it is listed, but CodeSubmit refused to send it as unknown.
 */
function describeGone(rule: Rule, isArchived: boolean | undefined): Wrong {
  const is = isArchived === true ? 'is archived at CodeSubmit' : 'isn’t known to CodeSubmit';
  return {
    subject: String(rule.id),
    what: `The challenge “${rule.challengeName}” of rule ${rule.id} ${is}`,
    fix: `Restore it in CodeSubmit and wait for the next check of the stages, or use another: ${addRuleCommand(rule)}`,
  };
}

/** Whether CodeSubmit can send the rules' challenges, and whether each can be chosen by its tag. */
async function askChallenges({ app, challenges, catalog }: Inspection): Promise<Answer> {
  const listed = new Map((await challenges()).map(({ id, isArchived }) => [id, isArchived]));
  const active = app.rules.listActive();
  const rules = active.filter((rule) => !isForEvery(rule));
  const gone = rules.filter(({ challengeId, isChallengeUnknown }) => {
    // True when archived, undefined when it isn't listed.
    return isChallengeUnknown || listed.get(challengeId) !== false;
  });
  if (gone.length > 0) return gone.map((rule) => describeGone(rule, listed.get(rule.challengeId)));
  // With a rule for every challenge, tags are made from the challenges' names.
  const twins = rules.length < active.length && findSameTag(await catalog());
  return twins || `CodeSubmit lists ${count(listed.size, 'challenge')}, the rules’ among them`;
}

/** The first challenges that would have the same tag, so a rule for every challenge leaves them out. */
function findSameTag({ sendable }: Catalog): Wrong | undefined {
  const twins = [...sendable.values()].find(({ length }) => length > 1);
  if (!twins) return undefined;
  const names = listInWords(twins.map(({ name }) => `“${name}”`));
  return {
    level: 'warn',
    what: `${names} would have the same tag, so candidates can’t get them by a tag`,
    fix: `Rename ${allButOne(twins.length)} in CodeSubmit`,
  };
}

/** The rest of a fix: how an admin accepts the risk instead. */
const SEND_ANYWAY =
  'to send anyway, perhaps again to candidates invited manually: codesubmit-lever setup --unreadable-list send';

/**
 * A list that hasn't been readable for 15 minutes. Only while something needs it: a challenge to send, progress to
 * follow, or an outcome to look up.
 */
function findUnreadableList(known: Known): Wrong | undefined {
  const { trouble } = known.list.state();
  const now = known.clock.now();
  if (trouble === null || !isUnreadable(trouble, now)) return undefined;
  const isReadingDue =
    findNewestProgress(known.database, now - FOLLOW_MS) !== undefined ||
    listDueLookups(known.database, now).length > 0;
  if (!isChallengeWaiting(known) && !isReadingDue) return undefined;
  // While CodeSubmit asks for a wait nothing can be sent, whatever the admin chose.
  const isSentAnyway = isRiskTaken(known) && trouble.isAskedToWait !== true;
  const effect = isSentAnyway
    ? 'challenges go out even to candidates invited manually'
    : 'nothing is sent';
  return {
    level: isSentAnyway ? 'warn' : 'fail',
    // Tells it from `findRowsWithoutAddress`, which has the same code.
    subject: 'pages',
    since: trouble.since,
    what: `CodeSubmit’s list of sent challenges can’t be read (${trouble.error}), so ${effect} and progress isn’t updated`,
    fix: trouble.isAskedToWait
      ? 'Wait: the daemon tries again. If it goes on, ask CodeSubmit for a higher rate limit'
      : `Ask CodeSubmit why${isSentAnyway ? '' : `; ${SEND_ANYWAY}`}`,
  };
}

/** Whether the admin chose to send even if the list doesn't show who was sent what. */
function isRiskTaken({ configuration }: Known): boolean {
  return configuration.current().settings.unreadableList === 'send';
}

/** A challenge waits because the list's newest rows show no addresses: they don't tell who was invited manually. */
function findRowsWithoutAddress(known: Known): Wrong | undefined {
  const { copy } = known.list.state();
  if (copy === null || known.list.isRecognised(copy) || isRiskTaken(known)) return undefined;
  if (!isChallengeWaiting(known)) return undefined;
  return {
    subject: 'rows',
    what: 'Too few of the newest rows in CodeSubmit’s list show a whole address. We can’t tell who was invited manually, so nothing is sent',
    fix: `Set where they are: ${rowPathsCommand(['email'])}; ${SEND_ANYWAY}`,
  };
}

/** Why the list, as the daemon read it last, keeps a challenge from being sent, or progress from being read. */
function findUnusableList(known: Known): Wrong | undefined {
  return findUnreadableList(known) ?? findRowsWithoutAddress(known);
}

/** A challenge is queued, and neither a pause nor a vendor's rejection keeps it from being sent. */
function isChallengeWaiting({ integration, database }: Known): boolean {
  return stateOf(integration.read()) === 'active' && (readCounts({ database }).queued ?? 0) > 0;
}

/**
 * Whether the rows on the list's first page show what we need. Without dates unknown outcomes wait; without addresses
 * nothing is sent.
 */
async function askListRows({ app, vendors, challenges }: Inspection): Promise<Answer> {
  const known = knownChallenges(await challenges());
  // A row's challenge counts as shown only if it is listed. An unlisted id isn't overruled by a name beside it.
  const isStrict = true;
  const shape = await vendors()
    .codesubmit()
    .readRowShape({
      isChallenge: (row) => known.ids.has(challengeIdOf(row, known, isStrict) ?? ''),
      isMask: (address) => app.list.isMask(address),
    });
  const { missing } = shape;
  if (missing.length > 0) {
    const isSendingStopped = !isRiskTaken(app) && missing.includes('email');
    const words = missing.map((part) => ROW_WORDS[part]).join(', nor ');
    return {
      level: isSendingStopped ? 'fail' : 'warn',
      what: `CodeSubmit’s list doesn’t show ${words} in its rows`,
      fix: `Set where they are: ${rowPathsCommand(missing, shape.proposed)}`,
    };
  }
  // The first page is fine, but the daemon reads the whole list, whose newest rows may be on another page.
  const unusable = findUnusableList(app);
  if (unusable) return unusable;
  const { trouble } = app.list.state();
  if (trouble !== null) {
    return {
      level: 'warn',
      what: `CodeSubmit’s list could not be read whole at the last try (${trouble.error}), so sending waits`,
      fix: 'Wait: the daemon tries again. After 15 minutes `codesubmit-lever status` says what to do',
    };
  }
  return shape.rows === 0
    ? 'CodeSubmit’s list is empty'
    : 'CodeSubmit’s list shows who was sent which challenge, and when';
}

/** Status numbers that CodeSubmit has used for our invitations, and to which no one assigned a meaning. */
function askStatusNumbers({ app, settings }: Inspection): Answer {
  const numbers = listStatusNumbers(app.database)
    .map(({ number }) => number)
    .filter((number) => settings.statusMap[String(number)] === undefined);
  if (numbers.length === 0) return 'All of CodeSubmit’s status numbers have a meaning assigned';
  const what = `Status numbers without a meaning: ${numbers.join(', ')}`;
  return { level: 'warn', what, fix: 'Run: codesubmit-lever progress' };
}

/** Challenges in CodeSubmit's list that aren't ours, to people who had got the same one from us. */
function findSecondSender({ database, list }: Known): Wrong | undefined {
  const { n, since, isOursListed } = countRepeated(database, list.state());
  if (n === 0) return undefined;
  // Until the list shows one of ours under its id, the foreign rows may be ours under other ids.
  const orOurs =
    isOursListed === 1 ? '' : ', or CodeSubmit’s list shows ours under other ids than its answers';
  return {
    since,
    what: `Another program sent ${count(n, 'challenge')} that we had already sent${orOurs}`,
    fix: 'Turn off the other sender: a second codesubmit-lever, CodeSubmit’s own integration, or recruiters inviting manually',
  };
}

/** Invitations that we sent again because CodeSubmit's list lacked them, and whose first challenge it lists now. */
function findSentTwice({ database, sealer, list }: Known): Wrong[] {
  return listSentTwice(database, list.state()).map(({ invitationId, vendorId, createdAt }) => {
    const row = getInvitation(database, invitationId);
    const links = [linkOf(sealer, row), list.find(vendorId)?.link];
    return {
      subject: `${invitationId} ${vendorId}`,
      since: createdAt,
      what: `The challenge of invitation ${invitationId} was sent twice: CodeSubmit listed the first one too late`,
      links: links.filter((link) => link != null),
      fix: `Cancel one of the two in CodeSubmit: ${row.vendor_id ?? ''} or ${vendorId}`,
    };
  });
}

export const CODESUBMIT_FACTS: readonly Fact[] = [
  accountFact('codesubmit'),
  {
    id: 'challenges',
    code: 'unknown_challenge',
    vendor: 'codesubmit',
    /** Rules whose challenge CodeSubmit refused to send as unknown: that is stored with the rule. */
    find: ({ rules }) =>
      rules
        .listActive()
        .filter(({ isChallengeUnknown }) => isChallengeUnknown)
        .map((rule) => describeGone(rule, undefined)),
    ask: askChallenges,
    pace: 'daily',
  },
  {
    id: 'list_rows',
    title: 'CodeSubmit’s list',
    code: 'list_unreadable',
    vendor: 'codesubmit',
    stops: 'sending',
    isUnready: true,
    find: findUnusableList,
    ask: askListRows,
  },
  {
    id: 'status_numbers',
    untried: UNTRIED.sending,
    /** Only if progress should show in Lever, which it can't while no number has a meaning. */
    setupStep: ({ configuration }) => {
      const { progressTags, completionNote, statusMap } = configuration.current().settings;
      const isShown = progressTags || completionNote !== 'off';
      if (!isShown || Object.keys(statusMap).length > 0) return undefined;
      return {
        what: 'CodeSubmit’s status numbers have no meaning yet, so progress isn’t shown in Lever',
        fix: 'Once the first candidates are at work, run: codesubmit-lever progress',
      };
    },
    ask: askStatusNumbers,
  },
  {
    id: 'second_sender',
    title: 'other senders',
    code: 'second_sender',
    vendor: 'codesubmit',
    fine: 'No other program sends what we had sent',
    untried: UNTRIED.sending,
    find: findSecondSender,
  },
  {
    id: 'sent_twice',
    title: 'duplicates',
    code: 'sent_twice',
    vendor: 'codesubmit',
    fine: 'No challenge was sent twice',
    untried: UNTRIED.sending,
    find: findSentTwice,
  },
];
