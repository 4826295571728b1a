/** The flags of `setup`, grouped as in its help: the five that most people need come first. */
import { Option } from 'commander';
import { SETTINGS, WEBHOOK_WAYS, type SettingName } from '../../storage/settings/settings.js';

function collect(value: string, all: string[] = []): string[] {
  return [...all, value];
}

function flag(flags: string, text: string): Option {
  return new Option(flags, text);
}

const GROUPS: Record<string, readonly Option[]> = {
  'The five that matter:': [
    flag('--lever-api-key-file <FILE>', 'Lever API key, - for stdin (LEVER_API_KEY)'),
    flag('--codesubmit-api-key-file <FILE>', 'CodeSubmit API key (CODESUBMIT_API_KEY)'),
    flag('--rule <RULE>', 'stage=…;tag=…;challenge=… (repeat for each rule)').argParser(collect),
    flag('--public-url <URL>', 'address that Lever can reach, or none'),
    flag('--signing-token-file <FILE>', 'the webhook’s token (LEVER_SIGNING_TOKEN)').argParser(
      collect,
    ),
  ],
  'Lever:': [
    flag('--lever-environment <ENV>', 'production or sandbox (LEVER_ENVIRONMENT)'),
    flag('--perform-as <USER_ID>', 'user who appears as the author (LEVER_PERFORM_AS)'),
    flag('--lever-client-id <ID>', 'OAuth client, to log in (LEVER_CLIENT_ID)'),
    flag('--lever-client-secret-file <FILE>', 'its secret (LEVER_CLIENT_SECRET)'),
    flag('--redirect-url <URL>', 'one of its callbacks (LEVER_REDIRECT_URI)'),
    flag('--redirected-url-file <FILE>', 'address that the browser ended on: step two'),
    flag('--new-login', 'log in again even if the login works'),
  ],
  'Webhook and daemon:': [
    flag('--webhook <HOW>', 'paste: you give its token; or none').choices(WEBHOOK_WAYS),
    flag('--host <HOST>', 'where the daemon listens (HOST)'),
    flag('--port <PORT>', 'where the daemon listens (PORT)'),
    flag('--sweep-minutes <MIN>', 'how often the stages are checked'),
  ],
  'Sending:': [
    flag('--existing <WHAT>', 'candidates already in the stages')
      .choices(['leave', 'invite'])
      .default('leave'),
    flag('--brake <N/MIN>', 'hold all when more than N are due in MIN minutes, or off'),
    flag('--unreadable-list <wait|send>', 'when CodeSubmit’s list can’t be read'),
    flag('--retention-days <DAYS>', 'erase personal data after this many days, or off'),
  ],
  'What recruiters see:': [
    flag('--hold-tags <on|off>', 'tag that says why a candidate is on hold'),
    flag('--progress-tags <on|off>', 'tag that follows a candidate’s progress'),
    flag('--completion-note <WHEN>', 'note when it is submitted or reviewed, or off'),
  ],
  'Alarms:': [
    flag('--alarm-url-file <FILE>', 'incoming webhook, or none (ALARM_WEBHOOK_URL)'),
    flag('--heartbeat-url-file <FILE>', 'monitor to call, or none (HEARTBEAT_URL)'),
  ],
  'CodeSubmit’s replies:': [
    flag('--status-map <MAP>', 'meanings of status numbers: 1=invited,2=started'),
    flag('--link-path <PATH>', 'field of the candidate’s link'),
    flag('--link-template <T>', 'or how the link is made: {id}, {test.id}'),
    flag('--list-email-path <PATH>', 'field of the address in the list, or default'),
    flag('--list-challenge-path <PATH>', 'field of the challenge there, or default'),
    flag('--list-date-path <PATH>', 'field of the sending date there, or default'),
  ],
  'Scripts:': [
    flag('--no-input', 'ask nothing; print what is left to do'),
    flag('-y, --yes', 'don’t ask before candidates are invited'),
    flag('--dry-run', 'check the answers, show who would be invited'),
  ],
};

export const SETUP_FLAGS: readonly Option[] = Object.entries(GROUPS).flatMap(([heading, options]) =>
  options.map((option) => option.helpGroup(heading)),
);

/** Flags that set a setting, by commander's name for them. */
export const SETTING_FLAGS: readonly { name: SettingName; flag: string }[] = SETUP_FLAGS.flatMap(
  (option) => {
    const name = option.attributeName();
    return Object.hasOwn(SETTINGS, name)
      ? [{ name: name as SettingName, flag: option.long ?? name }]
      : [];
  },
);
