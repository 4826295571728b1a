/** The URL that a browser ended on after a login. */

export interface RedirectedUrl {
  /** Undefined when missing or repeated. */
  state: string | undefined;
  code: string | undefined;
  /** OAuth's error code, if it looks like one; `unknown` for any other text. */
  error: string | undefined;
}

const ERROR = /^[a-z][a-z0-9_]{2,50}$/;

/** A whole URL, or the part after its `?`. Returns undefined for anything else. */
export function parseRedirectedUrl(text: string): RedirectedUrl | undefined {
  const given = text.trim();
  const query = given.startsWith('?') ? given : queryOf(given);
  if (query === undefined) return undefined;
  const parameters = new URLSearchParams(query);
  const error = single(parameters, 'error');
  return {
    state: single(parameters, 'state'),
    code: single(parameters, 'code'),
    error: error === undefined || ERROR.test(error) ? error : 'unknown',
  };
}

function queryOf(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).search : undefined;
}

function single(parameters: URLSearchParams, name: string): string | undefined {
  const values = parameters.getAll(name);
  return values.length === 1 && values[0] !== '' ? values[0] : undefined;
}
