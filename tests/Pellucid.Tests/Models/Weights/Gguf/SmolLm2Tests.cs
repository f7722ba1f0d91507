using System.Text;
using System.Text.Json;
using Pellucid.Conversations;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Tests.Models.Weights.Gguf;

/// <summary>A real model, SmolLM2-135M-Instruct in q4_1, from its file alone: what transformers computes of the numbers in it.</summary>
public sealed class SmolLm2Tests(SmolLm2Tests.Loaded loaded) : IClassFixture<SmolLm2Tests.Loaded>
{
    private const string Folder = "real-models/smollm2-135m-instruct/";
    private const double Bound = 1e-4; // of the largest logit

    [Theory, InlineData(0), InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public async Task A_prompt_has_the_recorded_logits_and_goes_on_as_recorded(int number)
    {
        var model = loaded.Model;
        using var expected = Expected();
        var prompt = expected.RootElement.GetProperty("prompts")[number];
        var ids = Ids(prompt, "ids");
        Assert.Equal(ids, model.Encode(prompt.GetProperty("text").GetString()!));
        using var recorded = new SafetensorsReader(SharedData.Path(Folder + "expected.safetensors"));
        var (logits, last) = (await Logits(model, ids), recorded.ReadFloat32($"prompt{number}.last_logits"));
        var vocabulary = model.Gpt.Config.VocabularySize;
        Assert.InRange(Near.LargestDifference(last, logits[^vocabulary..]), 0, Bound * last.Max(Math.Abs));
        foreach (var (row, best) in prompt.GetProperty("top10_per_position").EnumerateArray().Index())
            foreach (var pair in best.EnumerateArray())
                Assert.Equal(pair[1].GetDouble(), logits[row * vocabulary + pair[0].GetInt32()], Bound * last.Max(Math.Abs));
        await AssertGoesOn(model, ids, prompt);
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public async Task A_chat_is_written_by_the_files_own_template_and_answered_as_recorded(int number)
    {
        var model = loaded.Model;
        using var expected = Expected();
        var chat = expected.RootElement.GetProperty("chats")[number];
        var template = CompanionFiles.LoadTemplate(SharedData.Path(Folder + "model.gguf"));
        var rendered = template.Render(new Conversation(ChatTurn.ParseAll(chat.GetProperty("messages")))).Text;
        Assert.Equal(chat.GetProperty("rendered").GetString(), rendered);
        var ids = Ids(chat, "ids");
        Assert.Equal(ids, model.Tokenizer.EncodeRendered(rendered));
        await AssertGoesOn(model, ids, chat);
    }

    [Fact]
    public void Texts_begin_and_end_where_the_file_says()
    {
        var specials = loaded.Model.Specials;
        Assert.Equal((1, false, 2), (specials.Begin, specials.AddsBegin, specials.Separator));
        Assert.Equal([2, 0], specials.Ends); // <|im_end|>, and <|endoftext|> by its spelling
    }

    // What stops a text is recorded with it.
    private static async Task AssertGoesOn(LanguageModel model, int[] ids, JsonElement expected)
    {
        var (greedy, told, text) = (Ids(expected, "greedy_ids"), new List<int>(), new StringBuilder());
        var request = new GenerationRequest(ids) { MaxTokens = greedy.Length, Sampling = new SamplingOptions { Temperature = 0 } };
        await foreach (var piece in model.WriteAsync(request, cancellation: TestContext.Current.CancellationToken))
        {
            text.Append(piece.Text);
            if (piece.Token is { } token)
                told.Add(token.Token);
        }
        Assert.Equal(greedy.Where(id => !model.Specials.Ends.Contains(id)), told);
        Assert.Equal(expected.GetProperty("greedy_text").GetString()!.Replace("<|im_end|>", "", StringComparison.Ordinal), $"{text}");
    }

    private static Task<float[]> Logits(LanguageModel model, int[] ids) => model.Scheduler.RunAsync(() =>
    {
        var backend = model.Gpt.Backend;
        using var arena = new Arena(backend);
        using var rows = new TokenRows(backend);
        rows.Add(ids, 0);
        var run = new GptRun(new Operations(backend, arena));
        return Pellucid.Tests.Tensors.Tensors.ToFloats(model.Gpt.Logits(model.Gpt.Forward(rows, run), run), backend);
    }, TestContext.Current.CancellationToken);

    private static JsonDocument Expected() => JsonDocument.Parse(File.ReadAllText(SharedData.Path(Folder + "expected.json")));

    private static int[] Ids(JsonElement of, string field) => [.. of.GetProperty(field).EnumerateArray().Select(id => id.GetInt32())];

    /// <summary>The model, loaded when a test first asks for it.</summary>
    public sealed class Loaded : IDisposable
    {
        private readonly Backend _backend = TestBackends.Create(TestBackends.WidestCpu);
        private LanguageModel? _model;

        public LanguageModel Model => _model ??= LanguageModel.Load(SharedData.Path(Folder + "model.gguf"), _backend);

        public void Dispose()
        {
            _model?.Dispose();
            _backend.Dispose();
        }
    }
}
