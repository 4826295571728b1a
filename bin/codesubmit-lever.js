#!/usr/bin/env node
// Checks Node and the database addon before anything else is loaded, so that a wrong one is a sentence, not a crash.
// Written so that old versions of Node can still read it.
var CONFIGURATION_ERROR = 78;

var REINSTALL = 'Run: npm ci (in a clone), or install the package again with this Node.';

function refuse(sentence, fix) {
  process.stderr.write('codesubmit-lever: ' + sentence + '\n  ' + fix + '\n');
  process.exitCode = CONFIGURATION_ERROR;
}

function isSupported(major, minor) {
  return (major === 20 && minor >= 17) || (major === 22 && minor >= 14) || major >= 24;
}

function start() {
  return import('node:fs').then(function (fs) {
    var program = new URL('../dist/cli/main.js', import.meta.url);
    if (!fs.existsSync(program)) {
      refuse(
        'The program is not built: dist/ is missing.',
        'Run: npm ci (without --ignore-scripts)',
      );
      return undefined;
    }
    return import(program.href).then(function (main) {
      return main.main(process.argv);
    });
  });
}

function run() {
  var parts = process.versions.node.split('.').map(Number);
  if (!isSupported(parts[0], parts[1])) {
    refuse(
      'Node ' + process.versions.node + ' is not supported.',
      'Install Node 22.14 or later, or 24: https://nodejs.org',
    );
    return undefined;
  }
  return import('node:module')
    .then(function (module) {
      var require = module.createRequire(import.meta.url);
      return require('better-sqlite3/package.json').version;
    })
    .then(
      function (version) {
        // The addon's version 13 ends the whole process on Node 20, and those before it on Node 24 (from 24.19 on).
        var isNew = Number(version.split('.')[0]) >= 13;
        if ((isNew && parts[0] < 22) || (!isNew && parts[0] >= 24)) {
          refuse(
            'The installed better-sqlite3 ' +
              version +
              ' does not run on Node ' +
              process.versions.node +
              '.',
            REINSTALL,
          );
          return undefined;
        }
        return start();
      },
      function () {
        refuse('The database addon better-sqlite3 is not installed.', REINSTALL);
      },
    );
}

run();
