// How segments_table.json was made, with Twilio's own calculator:
//   npm install --no-save sms-segments-calculator@1.3.0
//   node tests/conversation/make_segments_table.mjs > tests/conversation/segments_table.json
import { createRequire } from "node:module";
const { SegmentedMessage } = createRequire(process.cwd() + "/")("sms-segments-calculator");

const texts = ["", " ", "a", "Hello, World!", "\n", "\r\n", "\f", "€", "^{}\\[~]|€", "ç", "Ç", "`", "\t", "\0", "é", "e\u0301"];
// Every boundary, for a basic and an extended character, a letter of UCS-2, pairs and sequences.
for (const n of [152, 153, 154, 159, 160, 161, 305, 306, 307, 458, 459, 460, 1600]) texts.push("a".repeat(n));
for (const n of [76, 77, 80, 81, 152, 153, 154, 229, 230]) texts.push("€".repeat(n));
for (const n of [151, 152, 153, 159]) texts.push("a".repeat(n) + "€", "a".repeat(n) + "€" + "b".repeat(160));
for (const n of [66, 67, 68, 69, 70, 71, 133, 134, 135, 200, 201, 202, 1600]) texts.push("б".repeat(n));
for (const unit of ["😀", "👍🏽", "👩‍👩‍👧", "🇩🇪", "é́".normalize("NFD"), "が".normalize("NFD"), "한글"])
  for (const n of [1, 10, 23, 33, 34, 35, 36, 67, 70, 71]) texts.push(unit.repeat(n));
for (const n of [64, 65, 66, 67, 68, 69, 70]) texts.push("a".repeat(n) + "😀", "a".repeat(n) + "👩‍👩‍👧" + "b".repeat(70));
for (const n of [68, 69, 70, 158, 159, 160]) texts.push("a".repeat(n) + "\r\n", "б".repeat(n) + "\r\n");
texts.push(
  "Привет, как дела?", "Guten Tag, schöne Grüße aus Köln", "¿Dónde está la niña?", "Ça va très bien, merci à toi",
  "中文短信".repeat(20), "שלום לך", "مرحبا بالعالم", "नमस्ते दुनिया", "สวัสดีชาวโลก", "Γειά σου Κόσμε", "ΓΔΘΛΞΠΣΦΨΩ",
  "It’s “quoted” – with an em—dash…", "a [list] of {things} | and ~more~ \\ ^", "1️⃣ one\n2️⃣ two\n3️⃣ three",
  "tab\tseparated", "no-break\u00a0space", "zero\u200bwidth", "line\u2028separator", "🏳️‍🌈".repeat(12), "👨🏽‍🚀".repeat(15),
);

console.log(JSON.stringify(texts.map((text) => {
  const message = new SegmentedMessage(text);
  const forcing = message.encodingName === "UCS-2" ? [...new Set(message.getNonGsmCharacters())] : [];
  return { text, encoding: message.encodingName, segments: message.segmentsCount, forcing };
}), null, 0).replaceAll("},{", "},\n{"));
