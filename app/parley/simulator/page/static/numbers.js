// Numbers and their flows. As at Twilio, a number has one webhook: each flow gets its own number,
// so that two flows never share a conversation.
const APPS = ["+120255501", 99, -1];
const MINE = ["+120255501", 23, 1];
const CHANNEL = /^(whatsapp:|rcs:)?/;
const flowAt = new Map();
const mine = new Set();

export function learn(threads) {
  for (const { from, to, flow } of threads) {
    mine.add(from);
    if (flow) flowAt.set(to, flow);
  }
}

export function flowOf(to) {
  return flowAt.get(to);
}

// The app's number for a flow: the given one, unless another flow has it.
export function numberFor(flow, to) {
  if (!flowAt.has(to) || flowAt.get(to) === flow) return to;
  const channel = channelOf(to);
  const used = [...flowAt].filter(([number, name]) => name === flow && channelOf(number) === channel);
  return used.at(-1)?.[0] ?? free(APPS, new Set(flowAt.keys()), channel);
}

export function myNumber(taken) {
  return free(MINE, new Set([...mine, ...taken]));
}

export function channelOf(address) {
  return CHANNEL.exec(address)[0];
}

export function onChannel(channel, address) {
  return channel + address.replace(CHANNEL, "");
}

function free([beginning, last, step], taken, channel = "") {
  for (let end = last; end >= 0 && end <= 99; end += step) {
    const number = channel + beginning + String(end).padStart(2, "0");
    if (!taken.has(number)) return number;
  }
  return channel + beginning + last;
}
