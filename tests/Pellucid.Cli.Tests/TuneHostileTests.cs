using System.Buffers.Binary;
using System.Text.Json;

namespace Pellucid.Cli.Tests;

/// <summary>What <c>pellucid tune</c> cannot do: told in one line, with the exit code of its kind, and nothing is lost.</summary>
public sealed class TuneHostileTests : IDisposable
{
    private const string Template = "{% for m in messages %}{{ m.content }}<|endoftext|>{% endfor %}";

    private readonly PellucidProcess _pellucid = new();

    public TuneHostileTests()
    {
        _pellucid.File("answers.jsonl", """{"prompt": "Where is the ball? ", "completion": "In the box."}""");
        _pellucid.File("pairs.jsonl", """{"prompt": "Where is the ball? ", "chosen": "In the box.", "rejected": "I know."}""");
        _pellucid.File("chat.jinja", Template);
    }

    public void Dispose() => _pellucid.Dispose();

    [Fact]
    public void A_conversation_longer_than_the_window_is_cut_or_dropped_and_counted()
    {
        var word = string.Concat(Enumerable.Repeat("Who ", 300));
        _pellucid.File("long.jsonl", string.Join('\n', (string[])[Chat(word, "John."), Chat("Who?", word), Chat("Who?", "John.")]));
        var json = _pellucid.Run("tune", "sft", "tiny", "--data", "long.jsonl", "--template", "chat.jinja", "--out", "a", "--steps", "1",
            "--batch", "1", "--json").Json;
        Assert.Equal((2, 1, 2), (json.GetProperty("items").GetInt32(), json.GetProperty("dropped").GetInt32(),
            json.GetProperty("cut").GetInt32()));
        _pellucid.File("all.jsonl", Chat(word, "John."));
        AssertRefused(1, "all.jsonl: of 1 examples none has anything to learn within 96 tokens",
            "sft tiny --data all.jsonl --template chat.jinja --out b");
    }

    [Fact]
    public void An_empty_answer_is_counted_and_teaches_to_end()
    {
        _pellucid.File("empty.jsonl", """
            {"prompt": "Where is the ball? ", "completion": ""}
            {"prompt": "Who is there? ", "completion": "John."}
            """);
        var outcome = _pellucid.Run("tune", "sft", "tiny", "--data", "empty.jsonl", "--out", "a", "--steps", "1", "--batch", "2", "--json");
        Assert.Equal(1, outcome.Json.GetProperty("empty_answers").GetInt32());
        Assert.Contains("1 have an answer that is empty, so that ending at once is learned", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_that_cannot_render_is_told_with_the_place_of_what_it_was_asked()
    {
        _pellucid.File("chats.jsonl", Chat("Who?", "John."));
        _pellucid.File("raise.jinja", "{{ raise_exception('roles must alternate') }}");
        _pellucid.File("broken.jinja", "{% for m in messages %}{{ m.role ");
        AssertRefused(1, "chats.jsonl: line 1 roles must alternate", "sft tiny --data chats.jsonl --template raise.jinja --out a");
        AssertRefused(1, "the chat template cannot be read: line 1", "sft tiny --data chats.jsonl --template broken.jinja --out a");
    }

    [Theory]
    [InlineData(2, "the reward model r reads other tokens than the model that answers", "grpo unicorn --data answers.jsonl --reward r")]
    [InlineData(2, "the reference unicorn reads other tokens than the model that learns",
        "dpo tiny --data pairs.jsonl --reference unicorn")]
    [InlineData(1, "Could not find file", "sft tiny --data nothere.jsonl")]
    [InlineData(2, "--steps (-1) must be at least 0", "sft tiny --data answers.jsonl --steps -1")]
    [InlineData(2, "--epochs (0) must be above 0", "sft tiny --data answers.jsonl --epochs 0")]
    [InlineData(2, "--max-length (-1) must be at least 0", "sft tiny --data answers.jsonl --max-length -1")]
    [InlineData(2, "the loss bco_pair of its paper follows a running mean", "dpo tiny --data pairs.jsonl --loss bco_pair")]
    [InlineData(2, "the loss 'cispo' is not computed here; those that are: grpo, dapo, dr_grpo",
        "grpo tiny --data answers.jsonl --reward length --loss cispo")]
    [InlineData(2, "pellucid tune has no verb 'cpo'", "cpo tiny --data pairs.jsonl")]
    [InlineData(2, "pellucid tune simpo has no option --loss", "simpo tiny --data pairs.jsonl --loss cpo")]
    [InlineData(2, "pellucid tune dpo has no option --f-divergence-type", "dpo tiny --data pairs.jsonl --f-divergence-type js_divergence")]
    [InlineData(2, "pellucid tune kto has no option --loss", "kto tiny --data pairs.jsonl --loss apo_zero_unpaired")]
    public void Words_and_files_that_do_not_fit_are_refused(int code, string message, string words)
    {
        if (words.EndsWith("--reward r", StringComparison.Ordinal))
            Reward();
        AssertRefused(code, message, words + " --out a");
    }

    [Fact]
    public void A_reward_that_is_not_a_number_ends_a_run_whose_state_is_kept()
    {
        Reward();
        var path = _pellucid.File("r/adapter_model.safetensors");
        var bytes = File.ReadAllBytes(path);
        var header = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using (var json = JsonDocument.Parse(bytes.AsMemory(8, header)))
        {
            var at = json.RootElement.GetProperty("base_model.model.score.weight").GetProperty("data_offsets");
            for (var i = at[0].GetInt32(); i < at[1].GetInt32(); i += 4) // scores overflow
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(8 + header + i), 3e38f);
        }
        File.WriteAllBytes(path, bytes);
        AssertRefused(1, "); what was learned up to step 0 is saved",
            "grpo tiny --data answers.jsonl --reward r --max-tokens 4 --batch 1 --out a");
        Assert.True(File.Exists(_pellucid.File("a/resume.safetensors")) && File.Exists(_pellucid.File("a/adapter_model.safetensors")));
    }

    [Fact]
    public void A_run_that_diverges_keeps_what_was_learned_before()
    {
        AssertRefused(1, "is not a number at step 2; try a smaller learning rate",
            "sft tiny --data answers.jsonl --batch 1 --steps 30 --lr 1e20 --clip 0 --schedule constant --out a");
        Assert.True(File.Exists(_pellucid.File("a/resume.safetensors")));
    }

    private void Reward() => Assert.Equal(0, _pellucid.Run("tune", "reward", "tiny", "--data", "pairs.jsonl", "--out", "r", "--steps", "1",
        "--batch", "1").Code);

    private void AssertRefused(int code, string message, string words)
    {
        var outcome = _pellucid.Run(["tune", .. words.Split(' ')]);
        Assert.Equal(code, outcome.Code);
        Assert.Contains(message, outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd('\n').Split('\n'));
    }

    private static string Chat(string asked, string said) =>
        $$"""{"messages": [{"role": "user", "content": "{{asked}}"}, {"role": "assistant", "content": "{{said}}"}]}""";
}
