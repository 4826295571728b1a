/** The page shown in the browser at the end of a login. */
import { ApiError, AppError, type AppErrorCode } from '../domain/errors.js';
import { escapeHtml } from '../domain/vendor-text.js';
import { CALLBACK_PATH, type FinishedLogin, finishLogin, type LoginApp } from './login.js';

interface LoginPage {
  status: number;
  title: string;
  /** The page's text, one or more lines. */
  text: string;
}

/** The page's URL contains a code, so it must be neither cached nor passed on. */
const LOGIN_PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
} as const;

function renderLoginPage({ status, title, text }: LoginPage): string {
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

/** The finished login, or why it failed. */
export type LoginOutcome = FinishedLogin | AppError;

/** Codes of a failed login. Anything else, such as a full disk, is thrown. */
const LOGIN_FAILURES: readonly AppErrorCode[] = ['usage', 'conflict', 'vendor'];

/**
 * The route that answers the browser. Calls `onEnd` when a login is over. `why` is for the log. Throws what is no failure
 * of the login.
 */
export function loginRoute(
  app: LoginApp,
  signal: AbortSignal,
  onEnd?: (outcome: LoginOutcome) => void,
) {
  return {
    path: CALLBACK_PATH,
    answer: async (query: string) => {
      let outcome: LoginOutcome;
      try {
        outcome = await finishLogin(app, query, signal);
      } catch (error) {
        if (!(error instanceof AppError && LOGIN_FAILURES.includes(error.code))) throw error;
        outcome = error;
      }
      // A login goes on after an address that isn't ours, or that comes twice.
      if (!(outcome instanceof AppError) || outcome.code === 'vendor') onEnd?.(outcome);
      const page = outcome instanceof AppError ? failedPage(outcome) : finishedPage(outcome);
      return {
        status: page.status,
        headers: LOGIN_PAGE_HEADERS,
        html: renderLoginPage(page),
        why: outcome instanceof AppError ? outcome.message : undefined,
      };
    },
  };
}

function finishedPage({ missing }: FinishedLogin): LoginPage {
  const without = missing.map(({ feature }) => feature).join(', ');
  return {
    status: 200,
    title: 'Lever is connected',
    text:
      missing.length === 0
        ? 'You can close this page and return to the terminal.'
        : `You can close this page. Lever did not grant everything, so this won’t work: ${without}.`,
  };
}

/** 502 if Lever could not be reached or failed; 400 if it rejected the login, or the address isn't from a login of ours. */
function failedPage({ message, hint, cause }: AppError): LoginPage {
  const isUnreachable = cause instanceof ApiError && cause.kind !== 'unauthorized';
  const text = `${message}\n${hint}`;
  return { status: isUnreachable ? 502 : 400, title: 'Lever is not connected', text };
}
