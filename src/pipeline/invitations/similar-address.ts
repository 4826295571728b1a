/**
 * What some systems remove from an address, and what people add to one: two ways addresses are
 * similar. Pure.
 */
import { normalizeEmail } from '../../domain/email.js';

const WITHOUT_DOTS = new Set(['gmail.com', 'googlemail.com']);

/** Without the plus-part, and at Gmail without dots: mail to both reaches the same person. */
export function samePersonForm(email: string): string {
  const [local, host] = parts(email);
  return WITHOUT_DOTS.has(host) ? `${local.replaceAll('.', '')}@gmail.com` : `${local}@${host}`;
}

/** Without plus-part and dots: what a vendor may have made of an address. */
export function rewrittenForm(email: string): string {
  const [local, host] = parts(email);
  return `${local.replaceAll('.', '')}@${host}`;
}

function parts(email: string): [local: string, host: string] {
  const address = normalizeEmail(email);
  const at = address.lastIndexOf('@');
  const [plain = ''] = address.slice(0, Math.max(0, at)).split('+');
  return [plain, address.slice(at + 1)];
}
