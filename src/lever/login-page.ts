/** The page shown in the browser at the end of a login. */
import { ApiError, AppError, type AppErrorCode } from '../domain/errors.js';
import { escapeHtml } from '../domain/vendor-text.js';
import { finishLogin, type LoginApp } from './login.js';
import type { ScopeNeed } from './rights.js';

/** The page's URL contains a code, so it must be neither cached nor passed on. */
const LOGIN_PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
} as const;

function renderLoginPage(status: number, title: string, text: string): string {
  const mark = status === 200 ? '✓' : '!';
  const lines = text
    .split('\n')
    .map((line) => `<p>${escapeHtml(line)}</p>`)
    .join('\n');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 18vh auto 0; padding: 0 1.5rem; }
  h1 { font-size: 1.5rem; }
  h1 span { color: ${status === 200 ? '#16803c' : '#b45309'}; }
</style>
<h1><span aria-hidden="true">${mark}</span> ${escapeHtml(title)}</h1>
${lines}
</html>
`;
}

/** Codes of a failed login. Anything else, such as a full disk, is thrown. */
const LOGIN_FAILURES: readonly AppErrorCode[] = ['usage', 'conflict', 'vendor'];

/**
 * Finishes the login that a browser returns from, and answers it with a page. `query`: the part of its URL from the
 * `?`. Calls `onFailed` when Lever rejected the login. After an address that isn't ours, or that comes twice, it goes
 * on.
 */
export async function answerLogin(
  app: LoginApp,
  query: string,
  signal: AbortSignal,
  onFailed?: (failure: AppError) => void,
): Promise<ReturnType<typeof answerOf>> {
  try {
    const missing = await finishLogin(app, query, signal);
    return answerOf(200, 'Lever is connected', finishedText(missing));
  } catch (error) {
    if (!(error instanceof AppError && LOGIN_FAILURES.includes(error.code))) throw error;
    if (error.code === 'vendor') onFailed?.(error);
    const { message, hint, cause } = error;
    // 502 if Lever could not be reached or failed; 400 if it rejected the login, or the address isn't from a login of
    // ours.
    const isUnreachable = cause instanceof ApiError && cause.kind !== 'unauthorized';
    const status = isUnreachable ? 502 : 400;
    return answerOf(status, 'Lever is not connected', `${message}\n${hint}`, message);
  }
}

/** What the browser gets, and for the log why the login failed, if it did. */
function answerOf(status: number, title: string, text: string, why?: string) {
  return { status, headers: LOGIN_PAGE_HEADERS, html: renderLoginPage(status, title, text), why };
}

function finishedText(missing: readonly ScopeNeed[]): string {
  if (missing.length === 0) return 'You can close this page and return to the terminal.';
  const without = missing.map(({ feature }) => feature).join(', ');
  return `You can close this page. Lever did not grant everything, so this won’t work: ${without}.`;
}
