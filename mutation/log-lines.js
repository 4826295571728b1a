import { PluginKind, declareValuePlugin } from '@stryker-mutator/api/plugin';

const LEVELS = new Set(['info', 'warn', 'error', 'debug']);

/** Leaves the daemon's log lines as they are: people read their words, and tests compare what is done. */
export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, 'log-lines', {
    shouldIgnore({ node }) {
      if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression')
        return undefined;
      const { object, property } = node.callee;
      const name = object.type === 'MemberExpression' ? object.property.name : object.name;
      return name === 'log' && LEVELS.has(property.name) ? 'a log line' : undefined;
    },
  }),
];
