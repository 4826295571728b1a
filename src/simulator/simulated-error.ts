// A refusal by the simulator, passed from a world to the route that words it.

/** Lever and the control routes answer `{code, message}`; CodeSubmit answers `body`, or `{detail: message}`. */
export class SimulatedError extends Error {
  /**
   * `code` and `message` make Lever's form of an error. `body`: the whole answer of CodeSubmit or of the token
   * endpoint, where that is more than the message.
   */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly body?: unknown,
  ) {
    super(message);
    this.name = 'SimulatedError';
  }
}

/** A 404 in Lever's form. `what`: what was asked for. */
export function notFound(what: string): SimulatedError {
  return new SimulatedError(404, 'ResourceNotFound', `${what} was not found`);
}

/** A 400 in Lever's form. */
export function badRequest(message: string): SimulatedError {
  return new SimulatedError(400, 'BadRequestError', message);
}

/** A 403 in Lever's form, for a caller without the right. */
export function forbidden(message: string): SimulatedError {
  return new SimulatedError(403, 'Forbidden', message);
}
