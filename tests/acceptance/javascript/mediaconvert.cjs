// The AWS SDK for JavaScript's client of MediaConvert with its defaults, one call a line of standard input.
// usage: node mediaconvert.cjs ENDPOINT     A line is {"call": OPERATION, "with": INPUT}; the answer is a line, too.
const readline = require("node:readline");
const mediaconvert = require("@aws-sdk/client-mediaconvert");

(async () => {
  const client = new mediaconvert.MediaConvertClient({ endpoint: process.argv[2], maxAttempts: 1 });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const step = JSON.parse(line);
    let seen;
    try {
      const { $metadata, ...answer } = await client.send(new mediaconvert[`${step.call}Command`](step.with));
      seen = { status: $metadata.httpStatusCode, answer };
    } catch (error) {
      seen = { status: error.$metadata?.httpStatusCode ?? 0, error: error.name, message: error.message };
    }
    console.log(JSON.stringify(seen));
  }
})();
