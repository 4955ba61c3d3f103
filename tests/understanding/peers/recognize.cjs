// Microsoft's recognizers for each row: JSON rows on standard input, JSON answers on standard
// output. An answer is a value, or null without a single value.
"use strict";
const suite = require("@microsoft/recognizers-text-suite");

function culture(row) {
  if (row.language === "es") return suite.Culture.Spanish;
  const dayFirst = row.parameters.month_first === false;
  return dayFirst ? suite.Culture.EnglishOthers : suite.Culture.English;
}

// A recognizer that does not know a culture raises an error, which counts as no result.
function found(recognizer, row, ...more) {
  try {
    return recognizer(row.text, culture(row), ...more);
  } catch {
    return [];
  }
}

function single(values) {
  const different = new Set(values);
  return different.size === 1 ? values[0] : null;
}

function confirm(row) {
  const results = found(suite.recognizeBoolean, row);
  const values = results.flatMap((result) => [
    result.resolution.value,
    ...result.resolution.otherResults.map((other) => other.value),
  ]);
  return single(values);
}

function numbers(row) {
  return found(suite.recognizeNumber, row).map((result) => Number(result.resolution.value));
}

function ordinals(row) {
  return found(suite.recognizeOrdinal, row).map((result) => Number(result.resolution.value));
}

function choice(row) {
  const options = row.parameters.options;
  const folded = (text) => text.trim().toLowerCase();
  const named = options.find((option) => folded(option) === folded(row.text));
  if (named !== undefined) return named;
  const position = single([...numbers(row), ...ordinals(row)]);
  return options[position - 1] ?? null;
}

function number(row) {
  const value = single(numbers(row));
  const { min, max } = row.parameters;
  return Number.isInteger(value) && min <= value && value <= max ? value : null;
}

// Both meanings of an ambiguous text are given (last Friday and the coming one; 3:00 and 15:00):
// those out of range are dropped, and one must remain.
function datetime(row, type, from, to) {
  const [year, month, day] = (row.parameters.today ?? "2026-11-25").split("-").map(Number);
  const reference = new Date(year, month - 1, day, 12);
  const results = found(suite.recognizeDateTime, row, suite.DateTimeOptions.None, reference);
  const values = results.flatMap((result) => result.resolution?.values ?? [{ type: "none" }]);
  if (values.some((value) => value.type !== type)) return null;
  return single(values.map((value) => value.value).filter((value) => from <= value && value <= to));
}

const questions = {
  confirm,
  choice,
  number,
  date: (row) => datetime(row, "date", row.parameters.first, row.parameters.last),
  time: (row) => datetime(row, "time", row.parameters.opens, row.parameters.closes),
};

const rows = JSON.parse(require("node:fs").readFileSync(0, "utf-8"));
process.stdout.write(JSON.stringify(rows.map((row) => questions[row.question](row))));
