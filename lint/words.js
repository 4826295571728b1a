// Words that make English sound translated, with the usual word for each: one list for the code and the pages.

/** Matched without case, as whole words; the first that fits is reported. */
const LIST = [
  ['mends?|mended|mending', 'fix'],
  ['sittings?', 'setup session'],
  ['anew|afresh', 'again'],
  ['by hand', 'manually'],
  ['by API', 'through the API'],
  ['whoever', 'a candidate, anyone who'],
  ['somebody', 'a candidate, someone'],
  ['of whom', 'whose'],
  ['told of', 'reported, notified'],
  ['all the same', 'anyway, still'],
  ['to be looked at', 'checking, due'],
  ['ever more seldom', 'less and less often'],
  ['the hand on the wheel', 'manual controls'],
  ['home folder', 'data directory'],
  ['(?:is|are|was|were) owed', 'pending'],
  ['owed to Lever', 'pending updates to Lever'],
  ['stands? (?:there|in the|in no|in a|in it)', 'is, is listed in'],
  ['lets? (?:it|them|one|all|each) go', 'releases'],
  ['takes? (?:no more|[^.,;:]{1,40} no more)', 'no longer accepts'],
  ['in so many words', 'literally'],
  ["won[’']t do", 'can’t be …'],
  ['at hand', 'ready'],
  ['goes on by itself|go on by itself', 'continues'],
  ['refuses the account', 'rejects the key or login'],
  ['everybody', 'everyone, each candidate'],
  ['in earnest', 'in real use'],
  ['amiss', 'wrong'],
  ['in the clear', 'in plain text'],
  ['shall', 'should, must, will'],
  ['taken up again', 'retried'],
  ['(?:is|are) lacking', 'is missing'],
  ["(?:is|are|isn[’']t) wanted", 'is needed, is due'],
  ['asked to end', 'stopped'],
  ['goes on (?:at|from|after|with|where)', 'continues'],
];

export const WORDS = LIST.map(([pattern, instead]) => ({
  pattern: new RegExp(`(?<![\\w-])(?:${pattern})(?![\\w-])`, 'iu'),
  instead,
}));

/** The first word of the text that shouldn't be used, and what to write instead. */
export function findWord(text) {
  const prose = text.replace(/\s+/gu, ' ');
  for (const { pattern, instead } of WORDS) {
    const found = pattern.exec(prose)?.[0];
    if (found !== undefined) return { found, instead };
  }
  return undefined;
}

/** Reports them in comments, texts and test titles; a literal of one word is a code or a key. */
export const plainWords = {
  meta: {
    type: 'suggestion',
    schema: [],
    docs: { description: 'plain English in everything that people read' },
  },
  create(context) {
    const check = (node, text) => {
      const word = findWord(text);
      if (word === undefined) return;
      const message = `“${word.found}” sounds translated: write “${word.instead}”.`;
      context.report({ loc: node.loc, message });
    };
    return {
      Program() {
        // A comment's lines begin with an asterisk, and belong together.
        for (const comment of context.sourceCode.getAllComments()) {
          check(comment, comment.value.replace(/\n\s*\*/gu, '\n'));
        }
      },
      Literal(node) {
        if (typeof node.value === 'string' && node.value.includes(' ')) check(node, node.value);
      },
      TemplateElement(node) {
        check(node, node.value.raw);
      },
    };
  },
};
