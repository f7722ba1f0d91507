using System.IO.Compression;
using System.Text;
using Pellucid.Tuning.Data;

namespace Pellucid.Tests.Tuning.Data;

/// <summary>Entries of data sets, by the names of their columns.</summary>
public sealed class ColumnsTests
{
    [Fact]
    public void Columns_tell_what_an_entry_means()
    {
        Assert.Equal("a b", Read("""{"text": "a b"}""").Whole!.Text);
        var chat = Read("""{"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}]}""").Whole!.Turns!;
        Assert.Equal([("user", "hi"), ("assistant", "yes")], chat.Select(turn => (turn.Role, turn.Text)));
        var answer = Read("""{"prompt": "p", "completion": "c", "label": false}""");
        Assert.Equal(("p", "c", false), (answer.Prompt!.Text, answer.Answer!.Text, answer.Label));
        var pair = Read("""{"prompt": "p", "chosen": "c", "rejected": "r"}""");
        Assert.Equal(("p", "c", "r"), (pair.Prompt!.Text, pair.Answer!.Text, pair.Rejected!.Text));
        var shared = Read("""{"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "yes"}]}""").Whole!.Turns!;
        Assert.Equal([("user", "hi"), ("assistant", "yes")], shared.Select(turn => (turn.Role, turn.Text)));
        var alpaca = Read("""{"instruction": "do", "input": "it", "output": "done", "history": [["a", "b"]], "system": "s"}""");
        Assert.Equal("### Instruction:\ndo\n\n### Input:\nit\n\n### Response:\n", alpaca.Prompt!.Text);
        Assert.Equal(["system s", "user a", "assistant b", "user do\nit"],
            alpaca.Prompt.Turns!.Select(turn => $"{turn.Role} {turn.Text}"));
        Assert.Equal("done", alpaca.Answer!.Text);
    }

    [Fact]
    public void A_prompt_that_is_not_told_apart_is_what_both_answers_follow()
    {
        var pair = Read("""
            {"chosen": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}],
             "rejected": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "b"}]}
            """);
        Assert.Equal(("q", "a", "b"), (pair.Prompt!.Turns![0].Text, pair.Answer!.Turns![0].Text, pair.Rejected!.Turns![0].Text));
        var dialogue = Read("""{"chosen": "\n\nHuman: q\n\nAssistant: a", "rejected": "\n\nHuman: q\n\nAssistant: b"}""");
        Assert.Equal(("\n\nHuman: q\n\nAssistant:", " a", " b"), (dialogue.Prompt!.Text, dialogue.Answer!.Text, dialogue.Rejected!.Text));
    }

    [Theory]
    [InlineData("""{"words": 1}""",
        "f: line 3 has none of the columns text, messages, conversations, prompt, chosen, instruction; it has words")]
    [InlineData("""{"text": 1}""", "f: line 3 has no text in its column 'text'")]
    [InlineData("""{"prompt": "p", "completion": "c", "label": "good"}""", "f: line 3 has a label \"good\", where true or false is needed")]
    [InlineData("""{"messages": [{"role": "user", "content": "c", "tool_calls": [1]}]}""",
        "f: line 3: a message has 'tool_calls', which cannot be learned from")]
    [InlineData("""{"conversations": [{"from": "cat", "value": "c"}]}""", "f: line 3: a message is from 'cat', who is not known;")]
    [InlineData("""{"messages": [{"role": "assistant", "content": "c", "loss_weight": 0.5}]}""",
        "f: line 3: a message of assistant has 'loss_weight' 0.5; an assistant's words count 1, others 0")]
    [InlineData("""{"chosen": "a", "rejected": "b"}""", "f: line 3 has no prompt, and its columns chosen and rejected do not begin alike")]
    [InlineData("""{"messages": []}""", "f: line 3 has no list of messages in its column 'messages'")]
    public void What_is_wrong_is_told_with_its_place(string entry, string message) =>
        Assert.StartsWith(message, Assert.Throws<InvalidDataException>(() => Read(entry)).Message);

    [Fact]
    public void Lists_lines_and_packed_files_are_read_alike()
    {
        using var folder = new TemporaryFolder();
        string[] entries = ["""{"text": "a"}""", """{"text": "b"}"""];
        File.WriteAllText(folder.File("list.json"), $" [{string.Join(",\n", entries)}]");
        File.WriteAllText(folder.File("lines.jsonl"), string.Join("\n\n", entries));
        using (var packed = new GZipStream(File.Create(folder.File("lines.jsonl.gz")), CompressionLevel.Fastest))
            packed.Write(Encoding.UTF8.GetBytes(string.Join('\n', entries)));
        foreach (var name in (string[])["list.json", "lines.jsonl", "lines.jsonl.gz"])
            Assert.Equal(["a", "b"], TuningFile.Read(folder.File(name)).Select(each => each.Entry.GetProperty("text").GetString()));
        File.WriteAllText(folder.File("bad.jsonl"), entries[0] + "\n{\"text\": ");
        Assert.Contains("bad.jsonl: line 2: ",
            Assert.Throws<InvalidDataException>(() => TuningFile.Read(folder.File("bad.jsonl")).ToArray()).Message);
        File.WriteAllText(folder.File("no.jsonl"), "[1]");
        Assert.Contains("no.jsonl: entry 1 must be an object",
            Assert.Throws<InvalidDataException>(() => TuningFile.Read(folder.File("no.jsonl")).ToArray()).Message);
    }

    [Theory]
    [InlineData("tuning/llamafactory-demos/dpo_en_demo.json", 300)]
    [InlineData("tuning/llamafactory-demos/kto_en_demo.json", 300)]
    [InlineData("tuning/llamafactory-demos/identity.json", 91)]
    [InlineData("tuning/llamafactory-demos/v1_sft_demo.jsonl", -1)]
    [InlineData("tuning/llamafactory-demos/v1_dpo_demo.jsonl", -1)]
    [InlineData("instructions/rasbt-instruction-data.json", 1100)]
    [InlineData("instructions/rasbt-instruction-data-with-preference.json", 1100)]
    [InlineData("hh-rlhf-test/helpful-base/test.jsonl.gz", 2354)]
    [InlineData("hh-rlhf-test/harmless-base/test.jsonl.gz", 2312)]
    public void Published_sets_are_understood(string path, int count)
    {
        var records = new List<TuningRecord>();
        var refused = 0;
        foreach (var (entry, place) in TuningFile.Read(SharedData.Path(path)))
            try
            {
                records.Add(Columns.Read(entry, place));
            }
            catch (InvalidDataException error) when (path.StartsWith("hh-rlhf", StringComparison.Ordinal))
            {
                Assert.Contains("do not begin alike", error.Message); // some of these pairs have prompts that differ
                refused++;
            }
        Assert.True(count < 0 ? records.Count >= 10 : records.Count + refused == count, $"{records.Count} and {refused} refused");
        Assert.True(refused <= records.Count / 10, $"{refused} refused");
        Assert.All(records, record => Assert.True(record.Whole is not null || record.Answer is not null));
        if (path.Contains("dpo", StringComparison.Ordinal) || path.Contains("preference", StringComparison.Ordinal))
            Assert.All(records, record => Assert.NotNull(record.Rejected));
        if (path.Contains("kto", StringComparison.Ordinal))
            Assert.Equal(2, records.Select(record => record.Label).Distinct().Count());
    }

    private static TuningRecord Read(string json)
    {
        using var document = System.Text.Json.JsonDocument.Parse(json);
        return Columns.Read(document.RootElement.Clone(), "f: line 3");
    }
}
