# Makes the table of the records that the benchmarks print (record.hpp): a row for each name, one
# beside the other for 1 and 2 threads, medians of all records with the same name and threads.
# Other lines: "head WORDS" goes above the table, "note WORDS" below it, "skip SECTION NAME WHY"
# makes a row that says why nothing was measured.
BEGIN { FS = "\t" }

$1 == "head" { if (!($2 in said)) print $2 "\n"; said[$2] = 1; next }
$1 == "note" { if (!($2 in said)) notes[++note_count] = $2; said[$2] = 1; next }
$1 == "skip" { add_row($2, $3); why[$3] = $4; next }
NF == 8 {
  add_row($1, $2)
  key = $2 SUBSEP $3
  values[key, ++counts[key]] = $4
  amount[$2] = $5; unit[$2] = $6; mode[$2] = $7; against[$2] = $8
}

END {
  print "| | texts/s, 1 thread | µs a text | share | texts/s, 2 threads | µs a text | share | of |"
  print "|---|--:|--:|--:|--:|--:|--:|---|"
  for (s = 1; s <= section_count; ++s) {
    print "| **" sections[s] "** | | | | | | | |"
    for (r = 1; r <= row_count; ++r)
      if (section_of[rows[r]] == sections[s]) print_row(rows[r])
  }
  for (n = 1; n <= note_count; ++n) print (n == 1 ? "\n" : "") "- " notes[n]
}

function add_row(section, name) {
  if (!(section in known_section)) { known_section[section] = 1; sections[++section_count] = section }
  if (!(name in section_of)) { section_of[name] = section; rows[++row_count] = name }
}

function print_row(name,    line, threads) {
  line = "| " name
  for (threads = 1; threads <= 2; ++threads) line = line cells(name, threads)
  if (name in why && !counts[name, 1] && !counts[name, 2]) print line " | " why[name] " |"
  else print line " | " words_of(name) " |"
}

function cells(name, threads,    seconds) {
  seconds = median(name, threads)
  if (seconds == "") return " | | | "
  return " | " number(1 / seconds) " | " number(1e6 * seconds) " | " share(name, threads, seconds)
}

# A ceiling's own rate; or the share of each row it is held against; or how often it is as slow.
function share(name, threads, seconds,    parts, count, i, other, text) {
  if (amount[name] > 0) return number(amount[name] / seconds) " " unit[name] "/s"
  count = split(against[name], parts, "|")
  for (i = 1; i <= count; ++i) {
    other = median(parts[i], threads)
    if (other == "") other = median(parts[i], 1)
    if (other == "") continue
    if (text != "") text = text ", "
    if (mode[name] == "times") text = text number(seconds / other) " ×"
    else text = text sprintf("%.0f %%", 100 * other / seconds)
  }
  return text
}

function words_of(name,    parts, count, i, text) {
  count = split(against[name], parts, "|")
  for (i = 1; i <= count; ++i)
    if (counts[parts[i], 1] || counts[parts[i], 2])
      text = text (text == "" ? "" : ", ") parts[i]
  return text == "" || mode[name] != "times" ? text : "slower than " text
}

function median(name, threads,    count, i, k, sorted, value) {
  count = counts[name, threads]
  if (!count) return ""
  for (i = 1; i <= count; ++i) {
    value = values[name, threads, i] + 0
    for (k = i - 1; k >= 1 && sorted[k] > value; --k) sorted[k + 1] = sorted[k]
    sorted[k + 1] = value
  }
  if (count % 2) return sorted[(count + 1) / 2]
  return (sorted[count / 2] + sorted[count / 2 + 1]) / 2
}

function number(x) {
  return x >= 100 ? sprintf("%.0f", x) : x >= 10 ? sprintf("%.1f", x) : sprintf("%.2f", x)
}
