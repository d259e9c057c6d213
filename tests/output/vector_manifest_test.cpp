#include "apps/output/vector_manifest.hpp"

#include <doctest.h>

using namespace gemel::output;

TEST_CASE("the manifest is a JSON object in a fixed order") {
  VectorManifest m;
  m.version = "0.1.0";
  m.file = "v.npy";
  m.count = 3;
  m.dimension = 5;
  m.checksum = "00112233445566778899aabbccddeeff";
  m.ids_file = "v.npy.ids";
  m.ids_checksum = "ffeeddccbbaa99887766554433221100";
  m.model = "en.safetensors";
  m.fingerprint = "0123456789abcdef0123456789abcdef";
  m.tower = "question";
  m.metric = "cosine";
  m.precision = "f32";
  m.max_tokens = 64;
  m.source = "texts \"1\".txt";
  m.bad_rows = 1;
  m.empty_texts = 2;
  m.truncated_texts = 4;
  CHECK(to_json(m) ==
        "{\n"
        "  \"gemel\": \"0.1.0\",\n"
        "  \"file\": \"v.npy\",\n"
        "  \"format\": \"npy\",\n"
        "  \"count\": 3,\n"
        "  \"dimension\": 5,\n"
        "  \"dtype\": \"float32\",\n"
        "  \"xxh3_128\": \"00112233445566778899aabbccddeeff\",\n"
        "  \"ids\": \"v.npy.ids\",\n"
        "  \"ids_xxh3_128\": \"ffeeddccbbaa99887766554433221100\",\n"
        "  \"model\": \"en.safetensors\",\n"
        "  \"fingerprint\": \"0123456789abcdef0123456789abcdef\",\n"
        "  \"tower\": \"question\",\n"
        "  \"metric\": \"cosine\",\n"
        "  \"precision\": \"f32\",\n"
        "  \"max_tokens\": 64,\n"
        "  \"source\": \"texts \\\"1\\\".txt\",\n"
        "  \"bad_rows\": 1,\n"
        "  \"empty_texts\": 2,\n"
        "  \"truncated_texts\": 4\n"
        "}\n");
}

TEST_CASE("files that are not there are null, and so is the only tower") {
  VectorManifest m;
  const std::string json = to_json(m);
  CHECK(json.find("\"file\": null,\n") != std::string::npos);
  CHECK(json.find("\"tower\": null,\n") != std::string::npos);
  CHECK(json.find("\"ids\": null,\n") != std::string::npos);
  CHECK(json.find("\"ids_xxh3_128\": null,\n") != std::string::npos);
}
