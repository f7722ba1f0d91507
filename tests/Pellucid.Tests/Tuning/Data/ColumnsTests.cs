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
        "f: line 3: a message of user has 'tool_calls', which cannot be learned from")]
    [InlineData("""{"conversations": [{"from": "function_call", "value": "look(1)"}]}""", "f: line 3: a function_call is no JSON: look(1)")]
    [InlineData("""{"conversations": [{"from": "function_call", "value": "[]"}]}""",
        "f: line 3: a function_call is not a name with arguments: []")]
    [InlineData("""{"text": "t", "tools": [{"description": "d"}]}""",
        "f: line 3: the column 'tools' is no list of functions with names: [")]
    [InlineData("""{"conversations": [{"from": "cat", "value": "c"}]}""", "f: line 3: a message is from 'cat', who is not known;")]
    [InlineData("""{"messages": [{"role": "assistant", "content": "c", "loss_weight": -0.5}]}""",
        "f: line 3: a message of assistant has 'loss_weight' -0.5; an assistant's words weigh a number from 0, others 0")]
    [InlineData("""{"messages": [{"role": "user", "content": "c", "weight": 1}]}""", "f: line 3: a message of user has 'weight' 1; an")]
    [InlineData("""{"chosen": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a", "weight": 2}], "rejected": []}""",
        "f: line 3 has messages with weights, which count only in a conversation that is learned as an example")]
    [InlineData("""{"prompt": "p", "ranking": ["a"]}""", "f: line 3 has no list of two or more answers in its column 'ranking'")]
    [InlineData("""{"prompt": "p", "chosen": "a", "rejected": "b", "margin": "much"}""",
        "f: line 3: has a margin \"much\", where a number is needed")]
    [InlineData("""{"message_tree_id": "1", "prompt": {"message_id": "m", "role": "prompter"}}""", "f: line 3: message m has no text")]
    [InlineData("""{"message_tree_id": "1", "prompt": {"message_id": "m", "role": "cat", "text": ""}}""",
        "f: line 3: message m has the role 'cat', where prompter or assistant is needed")]
    [InlineData("""{"chosen": "a", "rejected": "b"}""", "f: line 3 has no prompt, and its columns chosen and rejected do not begin alike")]
    [InlineData("""{"messages": []}""", "f: line 3 has no list of messages in its column 'messages'")]
    public void What_is_wrong_is_told_with_its_place(string entry, string message) =>
        Assert.StartsWith(message, Assert.Throws<InvalidDataException>(() => Read(entry)).Message);

    [Fact]
    public void Calls_of_ShareGPT_are_those_of_messages()
    {
        var shared = Read("""
            {"system": "s", "conversations": [{"from": "human", "value": "q"},
             {"from": "function_call", "value": "{\"name\": \"look\", \"arguments\": {\"at\": 1}}"},
             {"from": "observation", "value": "a box"}, {"from": "gpt", "value": "A box."}], "tools": "[{\"name\": \"look\"}]"}
            """);
        Assert.Equal(["system s", "user q", "assistant ", "tool a box", "assistant A box."],
            shared.Whole!.Turns!.Select(turn => $"{turn.Role} {turn.Text}"));
        Assert.Equal("""{"role":"assistant","tool_calls":[{"type":"function","function":{"name":"look","arguments":{"at":1}}}]}""",
            shared.Whole.Turns![2].Message!.Value.GetRawText().Replace(" ", ""));
        Assert.Equal("""[{"type":"function","function":{"name":"look"}}]""", shared.Tools!.Value.GetRawText().Replace(" ", ""));
        Assert.False(shared.HasEmptyAnswer);
        var message = Read("""
            {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": null, "weight": 0,
             "tool_calls": [{"type": "function", "function": {"name": "look", "arguments": "{}"}}]},
             {"role": "tool", "content": "a box", "name": "look"}], "tools": [{"type": "function", "function": {"name": "look"}}]}
            """).Whole!;
        Assert.Equal(0, message.Weights![1]);
        Assert.False(message.Turns![1].Message!.Value.TryGetProperty("weight", out _));
        Assert.Equal("look", message.Turns[2].Message!.Value.GetProperty("name").GetString());
    }

    [Fact]
    public void A_message_says_what_it_weighs()
    {
        var chat = Read("""
            {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "weight": 0},
             {"role": "user", "content": "c", "loss_weight": 0}, {"role": "assistant", "content": "d", "loss_weight": 0.5}]}
            """);
        Assert.Equal([0, 0, 0, 0.5], chat.Whole!.Weights!);
        Assert.Null(Read("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "weight": 1}]}""")
            .Whole!.Weights);
    }

    [Fact]
    public void A_list_of_answers_is_imitated_by_its_best_and_has_all_pairs()
    {
        var list = Read("""{"prompt": "p", "ranking": ["a", "b", [{"role": "assistant", "content": "c"}]], "margin": 0.5}""");
        Assert.Equal("a", Assert.Single(list.ToImitate).Answer!.Text);
        Assert.Equal([("a", "b"), ("a", ""), ("b", "")], list.Pairs.Select(pair => (pair.Answer!.Text, pair.Rejected!.Text)));
        Assert.Equal("c", list.Ranking![2].Turns![0].Text);
        Assert.Equal(0.5, list.Margin);
    }

    [Fact]
    public void A_tree_of_messages_has_an_entry_for_each_turn_of_a_user()
    {
        using var document = System.Text.Json.JsonDocument.Parse("""
            {"message_tree_id": "t", "prompt": {"message_id": "1", "role": "prompter", "text": "q", "replies": [
              {"message_id": "2", "role": "assistant", "text": "worse", "rank": 1, "replies": []},
              {"message_id": "3", "role": "assistant", "text": "better", "rank": 0, "replies": [
                {"message_id": "4", "role": "prompter", "text": "more", "replies": [
                  {"message_id": "5", "role": "assistant", "text": "alone", "rank": null, "replies": []},
                  {"message_id": "6", "role": "assistant", "text": "gone", "deleted": true, "replies": []}]}]}]}}
            """);
        var (first, second) = (Columns.Read(document.RootElement, "f: line 1")[0], Columns.Read(document.RootElement, "f: line 1")[1]);
        Assert.Equal(["q"], first.Prompt!.Turns!.Select(turn => turn.Text));
        Assert.Equal(["better", "worse"], first.Ranking!.Select(answer => answer.Turns![0].Text));
        Assert.Equal(["user q", "assistant better", "user more"], second.Prompt!.Turns!.Select(turn => $"{turn.Role} {turn.Text}"));
        Assert.Equal("alone", Assert.Single(second.ToImitate).Answer!.Turns![0].Text);
        Assert.Empty(second.Pairs);
        Assert.Equal("f: line 1, message 4,", second.Place);
    }

    [Fact]
    public void Trees_of_OpenAssistant_have_the_pairs_that_are_known()
    {
        var records = TuningFile.Read(SharedData.Path("tuning/oasst-en-100/en_100_tree.jsonl"))
            .SelectMany(each => Columns.Read(each.Entry, each.Place)).ToArray();
        Assert.Equal(687, records.Sum(record => record.Ranking!.Count + record.Unranked.Count));
        Assert.Equal(754, records.Sum(record => record.Pairs.Count()));
        Assert.All(records, record => Assert.Equal("user", record.Prompt!.Turns![^1].Role));
    }

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
                records.AddRange(Columns.Read(entry, place));
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
        return Assert.Single(Columns.Read(document.RootElement.Clone(), "f: line 3"));
    }
}
