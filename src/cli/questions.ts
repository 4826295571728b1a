/**
 * What `setup` can be told: one row for each answer, with its flag, its help, where it goes, and the
 * question on a terminal. `setup --help`, completion, docs/settings.md and the session come from it.
 *
 * An answer comes from its flag, or else the environment, or else what is stored, or else a question
 * on a terminal, or else the default. Only rules are asked for on a terminal although the environment gives some.
 */
import { Option } from 'commander';
import { isLoopback } from '../domain/vendor-text.js';
import { SECRET_VARIABLES, type GivenSecret } from '../store/settings/configuration.js';
import { flagOf, SETTINGS, type SettingName } from '../store/settings/settings.js';
import { choice, type Choice } from './terminal/ask.js';

/** How a terminal is asked. */
interface Ask {
  message: string;
  /** Without them a text is asked for. */
  choices?: readonly Choice<unknown>[];
  /** What Enter answers while nothing is set. */
  proposal?: string;
  /** Completes what was typed. Throws what to type instead, as a setting does. */
  complete?: (text: string) => string;
}

export interface Question {
  /** The flag as the help shows it; undefined for what only the environment sets. */
  flag?: string;
  help: string;
  setting?: SettingName;
  /** The secret that is answered; its flag names a file that contains it. */
  secret?: GivenSecret;
  isRepeatable?: boolean;
  choices?: readonly string[];
  /** The attributes of flags that can't be given beside it. */
  excludes?: string[];
  /** The default of an answer that isn't stored as a setting; a setting has its own. */
  initial?: string;
  /** The environment variable of such an answer. */
  variable?: string;
  ask?: Ask;
}

/** A setting that a flag of its name gives. `value`: what the flag takes, as the help shows it. */
function ofSetting(setting: SettingName, value: string, help: string, ask?: Ask): Question {
  return { setting, flag: `${flagOf(setting)} ${value}`, help, ...(ask && { ask }) };
}

/** A secret, in a file that a flag of its name takes: `alarm_url` is `--alarm-url-file`. */
function ofSecret(secret: GivenSecret, help: string, message: string): Question {
  const flag = `--${secret.replaceAll('_', '-')}-file <FILE>`;
  return { secret, flag, help, ask: { message } };
}

const PUBLIC_URL: Ask = {
  message: 'Public address that Lever can reach, or none',
  proposal: 'none',
  complete: (text) => {
    if (/^http:/i.test(text)) throw new Error('an https address: Lever only delivers to those');
    return text === 'none' || text.includes('://') ? text : `https://${text}`;
  },
};
const REDIRECT_URL: Ask = {
  message: 'One of the client’s callbacks',
  complete: (text) => {
    if (/^http:/i.test(text) && URL.canParse(text) && !isLoopback(new URL(text)))
      throw new Error('an https address: plain http is for localhost only');
    return text;
  },
};
const ENVIRONMENT: Ask = {
  message: 'Which Lever?',
  choices: [
    choice('Production', 'production'),
    choice('Sandbox (Lever’s test environment)', 'sandbox'),
  ],
};

/** By heading, in the order of the help. */
export const QUESTIONS: Readonly<Record<string, readonly Question[]>> = {
  'The five that matter:': [
    {
      ...ofSecret('lever_api_key', 'Lever API key, - for stdin', 'Lever API key'),
      excludes: ['leverClientId', 'leverClientSecretFile', 'redirectedUrlFile'],
    },
    ofSecret('codesubmit_api_key', 'CodeSubmit API key', 'CodeSubmit API key'),
    {
      flag: '--rule <RULE>',
      help: 'stage=…;tag=…;challenge=… (repeat for each rule)',
      isRepeatable: true,
      variable: 'CODESUBMIT_LEVER_RULES',
    },
    ofSetting('publicUrl', '<URL>', 'address that Lever can reach, or none', PUBLIC_URL),
    {
      ...ofSecret('signing_token', 'the webhook’s token', 'Signature token of the webhook'),
      isRepeatable: true,
    },
  ],
  'Lever:': [
    ofSetting('leverEnvironment', '<production|sandbox>', 'which Lever', ENVIRONMENT),
    ofSetting('performAs', '<USER_ID>', 'user who appears as the author', {
      message: 'Which Lever user should appear as the author?',
    }),
    ofSetting('leverClientId', '<ID>', 'OAuth client, to log in', { message: 'Client id' }),
    ofSecret('lever_client_secret', 'its secret', 'Client secret'),
    ofSetting('redirectUrl', '<URL>', 'one of its callbacks', REDIRECT_URL),
    { flag: '--redirected-url-file <FILE>', help: 'address that the browser ended on: step two' },
    { flag: '--new-login', help: 'log in again even if the login works' },
  ],
  'Webhook and daemon:': [
    { setting: 'webhookWay', flag: '--webhook <paste|none>', help: 'paste: you give its token' },
    ofSetting('host', '<HOST>', 'where the daemon listens'),
    ofSetting('port', '<PORT>', 'where the daemon listens', {
      message: 'Port for the daemon on this machine',
    }),
    ofSetting('sweepMinutes', '<MIN>', 'how often the stages are checked; 1 without a webhook'),
  ],
  'Sending:': [
    {
      flag: '--existing <WHAT>',
      help: 'candidates already in the stages',
      choices: ['leave', 'invite'],
      initial: 'leave',
    },
    ofSetting('brake', '<N/MIN>', 'hold all when more than N are due in MIN minutes, or off'),
    ofSetting('unreadableList', '<wait|send>', 'when CodeSubmit’s list can’t be read'),
    ofSetting('retentionDays', '<DAYS>', 'erase personal data after this many days, or off'),
  ],
  'What recruiters see:': [
    ofSetting('holdTags', '<on|off>', 'tag that says why a candidate is on hold'),
    ofSetting('progressTags', '<on|off>', 'tag that follows a candidate’s progress'),
    ofSetting('completionNote', '<off|submitted|reviewed>', 'note when a challenge is done'),
  ],
  'Alarms:': [
    ofSecret('alarm_url', 'incoming webhook, or none', 'Incoming webhook for alarms'),
    ofSecret('heartbeat_url', 'monitor to call, or none', 'Heartbeat address'),
  ],
  'CodeSubmit’s replies:': [
    ofSetting('statusMap', '<MAP>', 'meanings of status numbers: 1=invited,2=started'),
    ofSetting('linkPath', '<PATH>', 'field of the candidate’s link, or default'),
    {
      ...ofSetting('linkTemplate', '<T>', 'how the link is made: {id}, {test.id}; or default'),
      excludes: ['linkPath'],
    },
    ofSetting('listEmailPath', '<PATH>', 'field of the address in the list, or default'),
    ofSetting('listChallengePath', '<PATH>', 'field of the challenge there, or default'),
    ofSetting('listDatePath', '<PATH>', 'field of the sending date there, or default'),
  ],
  'Scripts:': [
    { flag: '--no-input', help: 'ask nothing; print what is left to do' },
    { flag: '-y, --yes', help: 'don’t ask before candidates are invited' },
    { flag: '--dry-run', help: 'check the answers, show who would be invited' },
  ],
  'Only in the environment:': [
    { setting: 'leverApiUrl', help: 'address of Lever’s API, with /v1' },
    { setting: 'leverAuthorizeUrl', help: 'where a Super Admin logs in' },
    { setting: 'leverTokenUrl', help: 'where a login gets its tokens' },
    { setting: 'leverAudience', help: 'what a login is for' },
    { setting: 'leverScopes', help: 'scopes of a login, instead of those that are needed' },
    { setting: 'codesubmitUrl', help: 'address of CodeSubmit, origin only' },
    { setting: 'webhookId', help: 'last part of the webhook’s URL, instead of a random one' },
    { setting: 'settleSeconds', help: 'seconds until a lost answer is looked up' },
    { setting: 'metricsPort', help: 'loopback port of the metrics; also serve --metrics-port' },
  ],
};

export const ALL_QUESTIONS: readonly Question[] = Object.values(QUESTIONS).flat();

/** What a terminal is asked about this setting or secret. Throws if it is one that is never asked about, which is a bug. */
export function askOf(name: SettingName | GivenSecret): Ask {
  const found = ALL_QUESTIONS.find(({ setting, secret }) => setting === name || secret === name);
  if (!found?.ask) throw new Error(`there is no question for ${name}`);
  return found.ask;
}

/** The environment variable that gives this answer, if there is one. */
export function variableOfQuestion(question: Question): string | undefined {
  const { setting, secret } = question;
  if (secret !== undefined) return SECRET_VARIABLES[secret];
  return setting === undefined ? question.variable : SETTINGS[setting].env;
}

/** `--link-path <PATH>` gives `linkPath`, its name among commander's options, and `--link-path`, as it's typed. */
export function flagNames(flag: string): { attribute: string; long: string } {
  const option = new Option(flag);
  return { attribute: option.attributeName(), long: option.long ?? flag };
}

/** More than this would be wrapped in 80 columns. */
const MAX_HELP_LENGTH = 58;

/** The question's flag as commander takes it. Its help names the environment variable, where that fits. */
function optionOf(question: Question, flag: string): Option {
  const { help, choices, initial, isRepeatable, excludes = [] } = question;
  const named = variableOfQuestion(question);
  const full = named === undefined ? help : `${help} (${named})`;
  const option = new Option(flag, full.length > MAX_HELP_LENGTH ? help : full).conflicts(excludes);
  if (choices) option.choices(choices);
  if (initial !== undefined) option.default(initial);
  if (isRepeatable === true)
    option.argParser<string[]>((value, all: string[] | undefined) => [...(all ?? []), value]);
  return option;
}

/** The flags of `setup`, grouped as in its help. */
export const SETUP_FLAGS: readonly Option[] = Object.entries(QUESTIONS).flatMap(([heading, rows]) =>
  rows.flatMap((row) =>
    row.flag === undefined ? [] : [optionOf(row, row.flag).helpGroup(heading)],
  ),
);
