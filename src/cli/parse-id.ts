/** The number of an invitation, as `status` shows it. */
import { AppError } from '../domain/errors.js';
import type { InvitationId } from '../domain/ids.js';

/** Throws `usage` when it is no such number. */
export function parseInvitationId(text: string): InvitationId {
  if (/^\d{1,15}$/.test(text)) return Number(text) as InvitationId;
  throw new AppError('usage', `“${text}” is no invitation’s id.`, 'Run: codesubmit-lever status');
}
