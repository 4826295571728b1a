// A refusal by the simulator, passed from a world to the route that words it.

/** Lever and the control routes answer `{code, message}`; CodeSubmit answers `body`, or `{detail: message}`. */
export class SimulatedError extends Error {
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

export function notFound(what: string): SimulatedError {
  return new SimulatedError(404, 'ResourceNotFound', `${what} was not found`);
}

export function badRequest(message: string): SimulatedError {
  return new SimulatedError(400, 'BadRequestError', message);
}

export function forbidden(message: string): SimulatedError {
  return new SimulatedError(403, 'Forbidden', message);
}
