/** Maps errors to exit codes and sentences. */
import type { AppError, AppErrorCode } from '../domain/errors.js';

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  configuration: 78,
  interrupted: 130,
} as const;

const BY_CODE: Partial<Record<AppErrorCode, number>> = {
  usage: EXIT.usage,
  not_set_up: EXIT.configuration,
  revoked: EXIT.configuration,
  configuration: EXIT.configuration,
  schema_mismatch: EXIT.configuration,
  interrupted: EXIT.interrupted,
};

export function exitCodeOf(code: AppErrorCode): number {
  return BY_CODE[code] ?? EXIT.failed;
}

/** What happened, then the fix, for stderr. */
export function inSentences({ message, hint }: AppError): string {
  return `codesubmit-lever: ${message}\n  → ${hint}`;
}
