// The AWS SDK for JavaScript with its defaults: streams in and out, in one piece and in parts.
// usage: node streams.cjs BUCKET ENDPOINT...     Prints what came back, as JSON, one object an endpoint.
const { createHash } = require("node:crypto");
const { Readable } = require("node:stream");
const s3 = require("@aws-sdk/client-s3");
const { Upload } = require("@aws-sdk/lib-storage");

const MEBIBYTE = 1 << 20;

function* blocks(count, size) {
  for (let number = 0; number < count; number += 1) yield Buffer.alloc(size, number);
}

const digest = async (stream) => {
  const hash = createHash("sha256");
  for await (const block of stream) hash.update(block);
  return hash.digest("hex");
};

async function walk(Bucket, endpoint) {
  const client = new s3.S3Client({ endpoint });
  const folder = `${new URL(endpoint).protocol.slice(0, -1)}/`;
  const put = await client.send(
    new s3.PutObjectCommand({
      Bucket,
      Key: `${folder}one piece ü+&.bin`,
      Body: Readable.from(blocks(3, MEBIBYTE)),
      ContentLength: 3 * MEBIBYTE,
      Metadata: { made: "by-a-stream" },
    }),
  );
  await new Upload({
    client,
    params: { Bucket, Key: `${folder}parts.bin`, Body: Readable.from(blocks(6, MEBIBYTE)) },
  }).done();
  const checked = await client.send(
    new s3.PutObjectCommand({
      Bucket,
      Key: `${folder}checked.txt`,
      Body: Readable.from([Buffer.from("hello world")]),
      ContentLength: 11,
      ChecksumAlgorithm: "CRC32C",
    }),
  );
  const one = await client.send(new s3.GetObjectCommand({ Bucket, Key: `${folder}one piece ü+&.bin` }));
  const range = await client.send(
    new s3.GetObjectCommand({ Bucket, Key: `${folder}parts.bin`, Range: `bytes=${MEBIBYTE - 1}-${MEBIBYTE}` }),
  );
  const parts = await client.send(new s3.GetObjectCommand({ Bucket, Key: `${folder}parts.bin` }));
  const seen = {
    put: { etag: put.ETag, crc32: put.ChecksumCRC32 },
    one: { sha256: await digest(one.Body), metadata: one.Metadata, encoding: one.ContentEncoding ?? null },
    crc32c: checked.ChecksumCRC32C,
    range: [...(await range.Body.transformToByteArray())],
    parts: { sha256: await digest(parts.Body), etag: parts.ETag },
  };
  const listed = await client.send(new s3.ListObjectsV2Command({ Bucket, Prefix: folder }));
  seen.keys = listed.Contents.map((entry) => entry.Key);
  const gone = await client.send(
    new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects: seen.keys.map((Key) => ({ Key })) } }),
  );
  seen.deleted = gone.Deleted.map((entry) => entry.Key);
  try {
    await client.send(new s3.GetObjectCommand({ Bucket, Key: seen.keys[0] }));
  } catch (error) {
    seen.error = [error.name, error.$metadata.httpStatusCode];
  }
  return seen;
}

(async () => {
  const [bucket, ...endpoints] = process.argv.slice(2);
  for (const endpoint of endpoints) console.log(JSON.stringify(await walk(bucket, endpoint)));
})();
