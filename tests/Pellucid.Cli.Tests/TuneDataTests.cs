namespace Pellucid.Cli.Tests;

/// <summary>What <c>pellucid tune</c> makes of files: of weights, of ranked lists, of trees, of labels.</summary>
public sealed class TuneDataTests : IDisposable
{
    private const string Template = "{% for m in messages %}{{ m.role }}: {{ m.content }}<|endoftext|>{% endfor %}"
        + "{% if add_generation_prompt %}assistant: {% endif %}";

    private readonly PellucidProcess _pellucid = new();

    public TuneDataTests() => _pellucid.File("chat.jinja", Template);

    public void Dispose() => _pellucid.Dispose();

    [Fact]
    public void Turns_weigh_what_they_say_and_that_is_shown()
    {
        _pellucid.File("chats.json", """
            [{"messages": [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "John.", "weight": 0},
              {"role": "user", "content": "Where?"}, {"role": "assistant", "content": "There.", "loss_weight": 0.5}]}]
            """);
        string[] words = ["tune", "sft", "tiny", "--data", "chats.json", "--template", "chat.jinja", "--out", "a"];
        var shown = _pellucid.Run([.. words, "--inspect", "1"]).Output;
        Assert.Contains("×0.50]", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("[John", shown, StringComparison.Ordinal);
        Assert.Contains("which weigh", shown, StringComparison.Ordinal);
        var json = _pellucid.Run([.. words, "--steps", "30", "--batch", "1", "--lr", "3e-3", "--json"]).Json;
        Assert.True(json.GetProperty("loss").GetDouble() < 0.5 * json.GetProperty("first_loss").GetDouble(), json.ToString());
    }

    [Fact]
    public void A_reward_model_learns_ranked_lists_with_a_margin_and_scores_around_0()
    {
        _pellucid.File("lists.jsonl", """
            {"prompt": "Who is there? ", "ranking": ["John is there.", "John.", "I know."], "margin": 0.5}
            {"prompt": "Where is it? ", "ranking": ["It is in the box.", "In the box.", "I know."]}
            """);
        string[] words = ["tune", "reward", "tiny", "--data", "lists.jsonl", "--batch", "2", "--lr", "3e-3"];
        var json = _pellucid.Run([.. words, "--steps", "60", "--margin", "1", "--centring", "0.1", "--out", "a", "--json"]).Json;
        Assert.Equal(1, json.GetProperty("accuracy").GetDouble());
        Assert.True(json.GetProperty("margin").GetDouble() > 1, json.ToString());
        Assert.InRange(json.GetProperty("reward").GetDouble(), -0.7, 0.7);
        var first = _pellucid.Run([.. words, "--steps", "1", "--out", "b", "--json"]).Json.GetProperty("first_loss").GetDouble();
        Assert.True(json.GetProperty("first_loss").GetDouble() > first + 0.2); // what is wanted more of costs more at first
        Assert.Contains("columns not read: margin", _pellucid.Run("tune", "dpo", "tiny", "--data", "lists.jsonl", "--out", "c", "--steps",
            "1", "--batch", "1").Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sft", 2)] // the best answer to each prompt
    [InlineData("dpo", 1)] // pairs of ranked ones
    [InlineData("reward", 1)]
    public void Trees_of_messages_are_learned_from_by_every_method(string method, int items)
    {
        _pellucid.File("trees.json", """
            [{"message_tree_id": "t", "tree_state": "ready_for_export", "prompt": {"message_id": "1", "role": "prompter", "text": "Who?",
              "replies": [{"message_id": "2", "role": "assistant", "text": "I know.", "rank": 1, "replies": []},
                {"message_id": "3", "role": "assistant", "text": "John.", "rank": 0, "replies": [
                  {"message_id": "4", "role": "prompter", "text": "Where?", "replies": [
                    {"message_id": "5", "role": "assistant", "text": "There.", "replies": []}]}]}]}}]
            """);
        var json = _pellucid.Run("tune", method, "tiny", "--data", "trees.json", "--template", "chat.jinja", "--out", "a", "--steps", "1",
            "--batch", "1", "--json").Json;
        Assert.Equal(items, json.GetProperty("items").GetInt32());
    }

    [Fact]
    public void A_classifier_of_labelled_texts_pays_a_policy_and_judges_it()
    {
        _pellucid.File("labels.jsonl", string.Join('\n', Enumerable.Range(0, 40).Select(i => i % 4 < 2
            ? $$"""{"text": "the box is in the garden {{i}}", "label": true}"""
            : $$"""{"text": "a cat was not here {{i}}", "label": 0}""")));
        _pellucid.File("prompts.jsonl", """{"prompt": "Where is the ball? "}""");
        var outcome = _pellucid.Run("tune", "grpo", "tiny", "--data", "prompts.jsonl", "--reward", "classifier:labels.jsonl", "--out", "a",
            "--steps", "12", "--batch", "4", "--micro-batch", "8", "--max-tokens", "6", "--lr", "3e-3", "--seed", "3");
        Assert.Equal(0, outcome.Code);
        Assert.Contains("classifier:labels.jsonl says the label of 100.0 % of 4 texts", outcome.Output, StringComparison.Ordinal);
        var rows = _pellucid.Run("tune", "evaluate", "tiny", "tiny+a", "--data", "prompts.jsonl", "--reward", "classifier:labels.jsonl",
            "--judge", "regex:the", "--max-tokens", "6", "--answers", "16", "--json").Json.GetProperty("rows");
        Assert.True(rows[1].GetProperty("reward").GetDouble() > rows[0].GetProperty("reward").GetDouble(), rows.ToString());
        foreach (var picture in (string[])["loss", "reward", "divergence", "length"])
            Assert.True(new FileInfo(_pellucid.File($"a/{picture}.png")).Length > 1000 && File.Exists(_pellucid.File($"a/{picture}.svg")));
        Assert.False(File.Exists(_pellucid.File("a/margin.png")));
    }

    [Theory]
    [InlineData("{\"text\": \"a\", \"label\": true}", "a classifier learns from texts with a label, some true and some false")]
    [InlineData("{\"text\": \"a\"}", "labels.jsonl: line 1 has no label, true or false")]
    [InlineData("{\"prompt\": \"a\", \"label\": true}", "labels.jsonl: line 1 has no text to classify")]
    public void A_classifier_that_cannot_be_learned_is_told_in_a_line(string line, string message)
    {
        _pellucid.File("labels.jsonl", line);
        _pellucid.File("prompts.jsonl", """{"prompt": "Where is the ball? "}""");
        var outcome = _pellucid.Run("tune", "grpo", "tiny", "--data", "prompts.jsonl", "--reward", "classifier:labels.jsonl", "--out", "a");
        Assert.Equal(1, outcome.Code);
        Assert.Contains(message, outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void A_model_without_a_chat_template_gets_one_that_is_saved_and_served()
    {
        _pellucid.File("chats.json", """
            [{"messages": [{"role": "user", "content": "Who is there?"}, {"role": "assistant", "content": "John is there."}]}]
            """);
        string[] words = ["tune", "sft", "tiny", "--data", "chats.json", "--lora", "0", "--out", "a"];
        Assert.Contains("[John][␣is][␣there][.][<|endoftext|>]", _pellucid.Run([.. words, "--inspect", "1"]).Output);
        var outcome = _pellucid.Run([.. words, "--steps", "60", "--batch", "1", "--lr", "3e-3"]);
        Assert.Contains("conversations are written by a template of our own", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("message.role", File.ReadAllText(_pellucid.File("a/chat_template.jinja")), StringComparison.Ordinal);
        Assert.Equal("John is there.", _pellucid.Run("chat", "a", "--message", "Who is there?", "--temperature", "0", "--json").Json
            .GetProperty("text").GetString()!.Trim());
    }

    [Fact]
    public void Tokens_of_a_template_that_a_model_is_given_are_learned_saved_served_and_merged()
    {
        _pellucid.File("chats.json", """
            [{"messages": [{"role": "user", "content": "Who is there?"}, {"role": "assistant", "content": "John is there."}]}]
            """);
        var outcome = _pellucid.Run("tune", "sft", "tiny", "--data", "chats.json", "--out", "a", "--steps", "40", "--batch", "1", "--lr",
            "1e-2");
        Assert.Contains("rows of its tokens are learned too: <|endoftext|>", outcome.Output, StringComparison.Ordinal);
        using var config = System.Text.Json.JsonDocument.Parse(File.ReadAllText(_pellucid.File("a/adapter_config.json")));
        Assert.Equal(1, config.RootElement.GetProperty("trainable_token_indices").GetArrayLength());
        string Answer(string model) => _pellucid.Run("chat", model, "--message", "Who is there?", "--temperature", "0", "--max-tokens",
            "20", "--json").Json.GetProperty("text").GetString()!.Trim();
        Assert.Equal("John is there.", Answer("tiny+a"));
        Assert.True(_pellucid.Run("tune", "merge", "tiny+a", "--out", "merged", "--json").Json.GetProperty("largest_difference")
            .GetDouble() < 1e-4);
        Assert.Equal("John is there.", Answer("merged"));
    }

    [Fact]
    public void How_many_examples_are_computed_together_changes_no_byte()
    {
        _pellucid.File("answers.jsonl", string.Join('\n', Enumerable.Range(0, 5).Select(i =>
            $$"""{"prompt": "Where is the ball? ", "completion": "The ball is in the box{{new string('.', 1 + i)}}"}""")));
        string[] words = ["tune", "sft", "tiny", "--data", "answers.jsonl", "--steps", "2", "--batch", "5", "--lora-dropout", "0.1"];
        foreach (var together in (string[])["1", "2", "8"])
            Assert.Equal(0, _pellucid.Run([.. words, "--micro-batch", together, "--out", together]).Code);
        foreach (var file in (string[])["adapter_model.safetensors", "resume.safetensors"])
            Assert.All((string[])["2", "8"], together =>
                Assert.Equal(File.ReadAllBytes(_pellucid.File($"1/{file}")), File.ReadAllBytes(_pellucid.File($"{together}/{file}"))));
    }

    [Fact]
    public void Blocks_that_are_computed_again_leave_the_same_bytes()
    {
        _pellucid.File("answers.jsonl", """{"prompt": "Where is the ball? ", "completion": "The ball is in the box."}""");
        string[] words = ["tune", "sft", "tiny", "--data", "answers.jsonl", "--steps", "3", "--batch", "2", "--lora-dropout", "0.1"];
        Assert.Equal(0, _pellucid.Run([.. words, "--out", "kept"]).Code);
        Assert.Equal(0, _pellucid.Run([.. words, "--out", "again", "--recompute"]).Code);
        foreach (var file in (string[])["adapter_model.safetensors", "resume.safetensors"])
            Assert.Equal(File.ReadAllBytes(_pellucid.File($"kept/{file}")), File.ReadAllBytes(_pellucid.File($"again/{file}")));
    }
}
