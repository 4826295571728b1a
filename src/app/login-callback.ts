/** Finishes a login for a browser that came back, and says what it is to be shown. */
import { ApiError, AppError, type AppErrorCode } from '../domain/errors.js';
import { LOGIN_PAGE_HEADERS, renderLoginPage, type LoginPage } from '../ingress/login-page.js';
import type { House } from './house.js';
import { finishLogin, type FinishedLogin } from './lever-login.js';
import { CALLBACK_PATH } from './login-settings.js';

export interface LoginAnswer {
  page: LoginPage;
  /** The login, or why it failed. */
  outcome: FinishedLogin | AppError;
}

const STATUSES: Partial<Record<AppErrorCode, number>> = {
  usage: 400,
  conflict: 400,
  vendor: 400,
  not_found: 404,
};

/** Throws what is no failure of the login: a disk that is full, say. */
export async function answerLogin(finish: () => Promise<FinishedLogin>): Promise<LoginAnswer> {
  try {
    const outcome = await finish();
    return { outcome, page: finishedPage(outcome) };
  } catch (error) {
    const status = error instanceof AppError ? STATUSES[error.code] : undefined;
    if (status === undefined) throw error;
    const outcome = error as AppError;
    return { outcome, page: failedPage(outcome, status) };
  }
}

/** Answers the browser on the HTTP server. Throws like `answerLogin`. */
export function loginRoute(house: House, signal: AbortSignal) {
  return {
    path: CALLBACK_PATH,
    answer: async (query: string) => {
      const { page, outcome } = await answerLogin(() => finishLogin(house, query, signal));
      return {
        status: page.status,
        headers: LOGIN_PAGE_HEADERS,
        html: renderLoginPage(page),
        why: outcome instanceof AppError ? outcome.message : undefined,
      };
    },
  };
}

/** Whether the login has ended with this; an address that is none of ours, or comes twice, ends nothing. */
export function isEnd(outcome: LoginAnswer['outcome']): boolean {
  return !(outcome instanceof AppError) || outcome.code === 'vendor';
}

function finishedPage({ missing }: FinishedLogin): LoginPage {
  const without = missing.map(({ feature }) => feature).join(', ');
  return {
    status: 200,
    title: 'Lever is connected',
    text:
      missing.length === 0
        ? 'You can close this page and go back to where you came from.'
        : `You can close this page. Lever did not grant everything, so that this will not work: ${without}.`,
  };
}

function failedPage({ message, hint, cause }: AppError, status: number): LoginPage {
  const isUnreachable = cause instanceof ApiError && cause.kind !== 'unauthorized';
  const title = 'Lever is not connected';
  return { status: isUnreachable ? 502 : status, title, text: `${message}\n${hint}` };
}
