using Pellucid.Conversations;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Tests.Generation;

/// <summary>The few calls that most programs need, from several threads, cancelled, and after the end.</summary>
public sealed class SimpleModelTests
{
    private const string Text = "The capital of Poland is";

    private static readonly SamplingOptions Surest = new() { Temperature = 0 };

    private static LanguageModel Load() => LanguageModel.Load(BuiltInModel.Name, threads: 1);

    private static async Task<string> Write(LanguageModel model, string prompt, int tokens = 8)
    {
        var text = "";
        await foreach (var piece in model.GenerateAsync(prompt, tokens, Surest, cancellation: TestContext.Current.CancellationToken))
            text += piece.Text;
        return text;
    }

    [Fact]
    public async Task A_model_goes_on_with_a_text()
    {
        using var model = Load();
        Assert.StartsWith(" Warsaw", await Write(model, Text), StringComparison.Ordinal);
        Assert.Equal("tiny", model.Name);
    }

    [Fact]
    public void A_model_that_is_not_there_is_named() => Assert.Equal("there is no model nowhere; tiny is the one that comes along",
        Assert.Throws<FileNotFoundException>(() => LanguageModel.Load("nowhere")).Message);

    [Fact]
    public async Task What_several_threads_ask_for_at_once_is_what_each_would_get_alone()
    {
        using var model = Load();
        string[] prompts = [Text, "Anna gave the ring to", "The cat", "Once"];
        var alone = new List<(string, float)>();
        foreach (var prompt in prompts)
            alone.Add((await Write(model, prompt), First(model, prompt)));
        var together = await Task.WhenAll(Enumerable.Range(0, 16).Select(i =>
            Task.Run(async () => (await Write(model, prompts[i % 4]), First(model, prompts[i % 4])))));
        for (var i = 0; i < together.Length; i++)
            Assert.Equal(alone[i % 4], together[i]);
    }

    private static float First(LanguageModel model, string prompt)
    {
        using var reading = model.Read(model.Encode(prompt), new Taps().Read(Activation.ResidPost, 3));
        return reading.Row(Activation.ResidPost, 3, reading.Tokens.Count - 1)[0];
    }

    [Fact]
    public async Task A_text_is_ended_by_who_cancels_it_or_stops_listening()
    {
        using var model = Load();
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var piece in model.GenerateAsync(Text, int.MaxValue, cancellation: cancellation.Token))
                await cancellation.CancelAsync();
        });
        await foreach (var piece in model.GenerateAsync(Text, int.MaxValue, cancellation: TestContext.Current.CancellationToken))
            break;
        Assert.StartsWith(" Warsaw", await Write(model, Text), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_is_disposed_is_not_read_and_waits_for_what_runs()
    {
        var model = Load();
        var tokens = model.Encode(Text);
        var reading = model.Read(tokens, new Taps().Read(Activation.Pattern, 1));
        var running = Write(model, Text, 40);
        model.Dispose();
        model.Dispose();
        Assert.StartsWith(" Warsaw", await running, StringComparison.Ordinal);
        Assert.Throws<ObjectDisposedException>(() => model.GenerateAsync(Text, cancellation: TestContext.Current.CancellationToken));
        Assert.Throws<ObjectDisposedException>(() => model.Read(tokens));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => model.EmbedAsync(tokens, TestContext.Current.CancellationToken));
        var values = new float[model.Gpt.Layout[0].Shape.Count];
        Assert.Throws<ObjectDisposedException>(() => model.Gpt.Parameters.Read(0, values));
        reading.Dispose();
        Assert.Throws<ObjectDisposedException>(() => reading.Values(Activation.Pattern, 1));
    }

    [Fact]
    public void A_reading_has_what_was_asked_for_and_names_what_was_not()
    {
        using var model = Load();
        var tokens = model.Encode(Text);
        using var reading = model.Read(tokens, new Taps().Read(Activation.Pattern, 1).Read(Activation.Z, 2));
        var pattern = reading.Values(Activation.Pattern, 1);
        Assert.Equal(new Shape(4, tokens.Length, tokens.Length), reading[Activation.Pattern, 1].Shape);
        for (var row = 0; row < 4 * tokens.Length; row++)
            Assert.Equal(1, pattern.AsSpan(row * tokens.Length, tokens.Length).ToArray().Sum(), 1e-5);
        Assert.Equal(128, reading.Row(Activation.Z, 2, 0).Length);
        Assert.Equal(" Warsaw", model.Tokenizer.Decode([reading.Top(1)[0].Token]));
        Assert.Equal(reading.Top(1)[0].LogProbability, reading.LogProbability(reading.Top(1)[0].Token), 1e-9);
        Assert.Equal("z of layer 3 was not asked for in this reading",
            Assert.Throws<KeyNotFoundException>(() => reading.Values(Activation.Z, 3)).Message);
        Assert.Throws<ArgumentException>(() => reading.Row(Activation.Z, 2, tokens.Length));
        Assert.Throws<ArgumentException>(() => reading.Row(Activation.Pattern, 1, 0));
    }

    [Theory]
    [InlineData("resid_post exists in layers 0 to 3, not in 4", Activation.ResidPost, 4)]
    [InlineData("a model of this shape has no mlp_gate", Activation.MlpGate, 0)]
    [InlineData("ln_final exists in layers 4 to 4, not in 0", Activation.LnFinal, 0)]
    public void A_place_that_the_model_lacks_is_named_whether_read_or_changed(string complaint, Activation activation, int layer)
    {
        using var model = Load();
        var tokens = model.Encode(Text);
        Assert.Equal(complaint, Assert.Throws<ArgumentException>(() => model.Read(tokens, new Taps().Read(activation, layer))).Message);
        Assert.Equal(complaint, Assert.Throws<ArgumentException>(() =>
            model.Read(tokens, new Taps().Edit(new TapEdit(activation, layer, EditOperation.Scale, Factor: 0)))).Message);
    }

    [Fact]
    public void A_head_of_another_text_is_put_in_and_what_does_not_fit_is_refused_with_both_shapes()
    {
        using var model = Load();
        var (text, other, longer) = (model.Encode("Anna gave the ring to"), model.Encode("Paul gave the ring to"), model.Encode("The cat"));
        using var source = model.Read(other, new Taps().Read(Activation.Z, 3).Read(Activation.ResidPost, 3));
        using var all = model.Read(text, new Taps().Edit(source.Patch(Activation.ResidPost, 3)));
        Assert.Equal(source.Logits.ToArray(), all.Logits.ToArray()); // the last state is all that the output reads
        using var one = model.Read(text, new Taps().Edit(source.Patch(Activation.Z, 3, head: 1, position: text.Length - 1)));
        using var clean = model.Read(text);
        Assert.NotEqual(clean.Logits.ToArray(), one.Logits.ToArray());
        Assert.NotEqual(source.Logits.ToArray(), one.Logits.ToArray());
        Assert.Equal($"an edit of z needs a source of shape {new Shape(longer.Length, 128)}, not {new Shape(other.Length, 128)}",
            Assert.Throws<ArgumentException>(() => model.Read(longer, new Taps().Edit(source.Patch(Activation.Z, 3)))).Message);
    }

    [Fact]
    public void Tokens_that_the_model_lacks_or_has_no_room_for_are_refused()
    {
        using var model = Load();
        Assert.Throws<ArgumentException>(() => model.Read([]));
        Assert.Throws<ArgumentException>(() => model.Read([-1]));
        Assert.Throws<ArgumentException>(() => model.Read([2048]));
        Assert.Throws<ArgumentException>(() => model.Read(new int[97]));
    }

    [Fact]
    public void A_conversation_has_the_template_of_the_files()
    {
        using var model = Load();
        Assert.Same(ChatTemplate.Plain, model.Chat);
    }
}
