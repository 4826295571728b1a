/** Renders the systemd unit of one data directory from the unit shipped in the package. */
import { createHash } from 'node:crypto';
import { AppError } from '../../domain/errors.js';
import { visible } from '../../domain/vendor-text.js';

export interface UnitFacts {
  node: string;
  bin: string;
  /** The data directory. */
  home: string;
  user: string;
  /** The folder above the user's key files. */
  userHome: string;
  /** True if the file exists from which the shipped unit loads the secret key. */
  hasKeyCredential: boolean;
}

const MARK =
  /^# Written by `codesubmit-lever service install`, checksum (\w+)\. Change it with: .*\n/;
const HIDDEN_BY_PROTECT_HOME = /^\/(?:home|root|run\/user)(?:\/|$)/;
/** For a data directory elsewhere, where the user's primary group is the right one. */
const LEFT_OUT = new Set(['Group', 'StateDirectoryMode']);

/**
 * `name`: the unit's name without `.service`.
 * @throws AppError `configuration` for a path that would end the line it is written in.
 */
export function renderUnit(shipped: string, name: string, facts: UnitFacts): string {
  for (const path of [facts.node, facts.bin, facts.home, facts.userHome]) requireOneLine(path);
  const lines = shipped.slice(shipped.indexOf('[Unit]')).split('\n');
  const body = lines.flatMap((line) => renderLine(line, facts)).join('\n');
  const edit = `sudo systemctl edit ${name}`;
  return `# Written by \`codesubmit-lever service install\`, checksum ${checksum(body)}. Change it with: ${edit}\n${body}`;
}

/** False for a unit that someone else wrote or changed. */
export function isUntouched(unit: string): boolean {
  const [mark, sum] = MARK.exec(unit) ?? [''];
  return sum !== undefined && sum === checksum(unit.slice(mark.length));
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function renderLine(line: string, facts: UnitFacts): string[] {
  const name = /^(\w+)=/.exec(line)?.[1] ?? '';
  const { node, bin, home, user, userHome, hasKeyCredential } = facts;
  switch (name) {
    case 'ExecStart':
      return [
        `ExecStart=${quote(node)} ${argument(bin)} --home ${argument(home)} serve --wait-lock 30`,
      ];
    case 'User':
      return [`User=${user}`];
    case 'EnvironmentFile':
      return [line.replace('=', '=-')];
    case 'StateDirectory':
      return [`ReadWritePaths=${quote(home)}`];
    case 'LoadCredential':
      return hasKeyCredential ? [line] : [];
    case 'ProtectHome': {
      const isHidden = [node, bin, home, userHome].some((path) =>
        HIDDEN_BY_PROTECT_HOME.test(path),
      );
      return [`ProtectHome=${isHidden ? 'read-only' : 'yes'}`];
    }
    default:
      return LEFT_OUT.has(name) ? [] : [line];
  }
}

/** systemd ends a line at LF and at CR, whatever the quotes. */
function requireOneLine(path: string): void {
  if (visible(path) === path) return;
  throw new AppError(
    'configuration',
    `The path ${visible(path)} contains a control character, which a unit file can’t hold.`,
    'Rename it, then run the same command again.',
  );
}

/** A path as systemd reads it, where `%` begins a specifier. */
function quote(path: string): string {
  const escaped = path.replaceAll('%', '%%');
  return /^[\w./@%+:-]+$/.test(escaped) ? escaped : `"${escaped.replace(/["\\]/g, '\\$&')}"`;
}

/** In a command line `$` begins a variable too. */
function argument(path: string): string {
  return quote(path).replaceAll('$', '$$$$');
}
