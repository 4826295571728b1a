/** What the names of all our own metrics begin with. */
export const PREFIX = 'codesubmit_lever_';
