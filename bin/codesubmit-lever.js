#!/usr/bin/env node
// Checks Node and the database addon before anything else is loaded, so that a wrong one is a sentence, not a crash;
// and answers --version and --help by itself, as what they need is read in no time. Written so that old versions of
// Node can still read it. A CommonJS file (package.json beside it), because Node starts those sooner.
var CONFIGURATION_ERROR = 78;

var fs = require('fs');
var path = require('path');

var PACKAGE = path.join(__dirname, '..');
var isInstalled = /[\\/]node_modules[\\/]/.test(PACKAGE);
var REINSTALL = 'Run: ' + (isInstalled ? 'npm install -g codesubmit-lever' : 'npm ci');

function refuse(sentence, fix) {
  process.stderr.write('codesubmit-lever: ' + sentence + '\n  → ' + fix + '\n');
  process.exitCode = CONFIGURATION_ERROR;
}

function isSupported(major, minor) {
  return (major === 20 && minor >= 17) || (major === 22 && minor >= 14) || major >= 24;
}

/** What is printed for this command line when nothing needs to be loaded for it. */
function findAnswer(args) {
  if (args.length !== 1) return undefined;
  if (args[0] === '--version' || args[0] === '-V') {
    return require('../package.json').version + '\n';
  }
  if (args[0] !== '--help' && args[0] !== '-h') return undefined;
  // By the build, for 80 columns; a narrower terminal's is made for it.
  var columns = (process.stdout.isTTY && process.stdout.columns) || 80;
  var file = path.join(PACKAGE, 'dist/cli/help.txt');
  if (columns < 80 || !fs.existsSync(file)) return undefined;
  return fs.readFileSync(file, 'utf8').replace('<package>/', path.join(PACKAGE, '/'));
}

function print(text) {
  // The reader may be gone.
  process.stdout.on('error', function () {});
  process.stdout.write(text);
}

function start() {
  var program = path.join(PACKAGE, 'dist/cli/main.js');
  if (!fs.existsSync(program)) {
    refuse('The program is not built: dist/ is missing.', 'Run: npm ci (without --ignore-scripts)');
    return undefined;
  }
  return import('../dist/cli/main.js').then(
    function (main) {
      return main.main(process.argv);
    },
    function (error) {
      if (!/MODULE_NOT_FOUND$/.test(error.code)) throw error;
      var what = error.message.split('\n')[0];
      refuse('The installation is incomplete (' + what + ').', REINSTALL);
    },
  );
}

/** Whether the database addon is there and of a version that this Node can load; says what to do when it isn't. */
function checkAddon(nodeMajor) {
  var version;
  try {
    version = require('better-sqlite3/package.json').version;
  } catch {
    refuse('The database addon better-sqlite3 is not installed.', REINSTALL);
    return false;
  }
  // The addon's version 13 ends the whole process on Node 20, and those before it on Node 24 (from 24.19 on).
  var isNew = Number(version.split('.')[0]) >= 13;
  if ((!isNew || nodeMajor >= 22) && (isNew || nodeMajor < 24)) return true;
  var installed = 'The installed better-sqlite3 ' + version;
  refuse(installed + ' does not run on Node ' + process.versions.node + '.', REINSTALL);
  return false;
}

/** A user whom the machine doesn't know, as in some containers, has none unless HOME says so. */
function hasHomeFolder() {
  try {
    require('os').homedir();
    return true;
  } catch {
    refuse('The user who runs this has no home directory.', 'Set one in the environment: HOME=/');
    return false;
  }
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
  var answer = findAnswer(process.argv.slice(2));
  if (answer !== undefined) return print(answer);
  return hasHomeFolder() && checkAddon(parts[0]) ? start() : undefined;
}

run();
