/** More at once than there is room for: answered 503, so that Lever sends it again. */
export class Overloaded extends Error {
  readonly statusCode = 503;

  constructor() {
    super('more at once than there is room for');
    this.name = 'Overloaded';
  }
}
