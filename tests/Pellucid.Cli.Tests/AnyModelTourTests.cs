using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Pellucid.Cli.Look;
using Pellucid.Cli.Tour;
using Pellucid.Cli.Tour.AnyModel;
using Pellucid.Evaluation;
using Pellucid.Models;
using Pellucid.Tensors.Cpu;
using Pellucid.Tests;
using Pellucid.Training;
using Pellucid.Worlds;

namespace Pellucid.Cli.Tests;

/// <summary><c>tour MODEL</c>: a sceptic's test, members of families, and a model that learned.</summary>
public sealed class AnyModelTourTests : IDisposable
{
    private static readonly string Tiny = Path.Combine(AppContext.BaseDirectory, "tiny");

    private readonly PellucidProcess _pellucid = new();

    [Theory]
    [InlineData("shuffled")]
    [InlineData("untrained")]
    public void Of_a_model_that_learned_nothing_no_chapter_that_is_asked_holds(string what)
    {
        var folder = CopyOfTiny(what);
        if (what == "shuffled")
            Shuffle(Path.Combine(folder, "model.safetensors"));
        else
            WriteRandom(GptConfig.Load(Path.Combine(folder, "config.json")), folder);
        var findings = Ask(folder);
        Assert.Equal(["09", "11"], findings.Where(one => one.Finding.Verdict == Verdict.NotAsked).Select(one => one.Id));
        Assert.All(findings, one => Assert.True(one.Finding.Verdict is Verdict.No or Verdict.NotAsked,
            $"{one.Id}: {string.Join("; ", one.Finding.Measures.Where(measure => measure is { Standing: Standing.Central, Meets: true })
                .Select(measure => $"{measure.Name.English} {measure.Shown}"))}"));
    }

    // Words of every passage in another order: what goes together stays, and nothing of how it is said.
    [Fact]
    public void Of_a_model_that_learned_from_shuffled_text_no_chapter_that_is_asked_holds()
    {
        SlowTests.Require("trains a model for half a minute");
        var (folder, random) = (CopyOfTiny("disorder"), new Random(1));
        string Shuffled(string passage)
        {
            var words = passage.Split(' ');
            random.Shuffle(words);
            return string.Join(' ', words);
        }
        var text = string.Join('\n', new MicroWorld(MicroWorld.UsualSeed).Text(4_000_000).Split('\n').Select(Shuffled));
        var tokenizer = ModelFolder.LoadTokenizer(folder, Checkpoint.LoadConfig(folder));
        using (var backend = CpuBackend.Create(2))
        using (var gpt = new Gpt(Checkpoint.LoadConfig(folder), backend))
        {
            gpt.Initialize(1);
            using var trainer = new Trainer(gpt, new TokenStream(tokenizer.Encode(text), 48), SmallTraining.Options(600));
            trainer.Run(_ => { }, TestContext.Current.CancellationToken);
            Assert.True(Perplexity.Measure(gpt, tokenizer.Encode(text[..40_000]), 2).Loss < 6); // it has learned which words there are
            Checkpoint.Save(folder, gpt);
        }
        var findings = Ask(folder);
        Assert.True(findings.Count(one => one.Finding.Verdict != Verdict.NotAsked) >= 8);
        Assert.All(findings, one => Assert.NotEqual((one.Id, Verdict.Holds), (one.Id, one.Finding.Verdict)));
    }

    [Theory]
    [InlineData("llama3"), InlineData("gemma2"), InlineData("gemma3"), InlineData("gpt-oss"), InlineData("olmo2"), InlineData("phi3"),
     InlineData("qwen3moe")]
    public void A_random_member_of_a_family_is_asked_what_it_can_be_asked(string family)
    {
        var config = GptConfig.Load(SharedData.Path($"llama/tiny-random-models/{family}/config.json"));
        var folder = CopyOfTiny(family);
        WriteRandom(config with { VocabularySize = GptConfig.Load(Path.Combine(Tiny, "config.json")).VocabularySize }, folder);
        var findings = Ask(folder);
        Assert.True(findings.Count(one => one.Finding.Verdict != Verdict.NotAsked) >= 6,
            string.Join("; ", findings.Where(one => one.Finding.NotAskedBecause is not null)
                .Select(one => $"{one.Id}: {one.Finding.NotAskedBecause!.English}")));
        Assert.All(findings, one =>
        {
            Assert.True(one.Finding.Verdict is not Verdict.Holds, one.Id);
            Assert.Equal(one.Finding.Verdict == Verdict.NotAsked, one.Finding.NotAskedBecause is not null);
        });
    }

    [Fact]
    public void A_model_that_learned_is_found_to_have_and_the_report_says_what_was_not_asked()
    {
        var numbers = _pellucid.Run("tour", "tiny", "--quick", "--out", "tour", "--json").Json;
        var chapters = numbers.GetProperty("chapters").EnumerateArray().ToDictionary(one => one.GetProperty("id").GetString()!);
        Assert.Equal(11, chapters.Count);
        Assert.Equal("holds", chapters["01"].GetProperty("verdict").GetString());
        Assert.Equal("not-asked", chapters["09"].GetProperty("verdict").GetString());
        Assert.Contains("training is over", chapters["09"].GetProperty("because").GetString(), StringComparison.Ordinal);
        Assert.Contains("not in its file", chapters["11"].GetProperty("because").GetString(), StringComparison.Ordinal);
        Assert.All(chapters.Values.Where(one => one.GetProperty("verdict").GetString() != "not-asked"), one =>
            Assert.Contains(one.GetProperty("measures").EnumerateArray(),
                measure => measure.GetProperty("standing").GetString() == "central"
                    && measure.TryGetProperty("chance", out _) && measure.TryGetProperty("standard_error", out _)));
        var page = File.ReadAllText(numbers.GetProperty("report").GetString()!);
        foreach (var text in (string[])["not asked", "无法提问", "<svg", "tiny"])
            Assert.Contains(text, page, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\btour\.[a-z-]+\.[a-z]", page);
    }

    [Fact]
    public void A_model_that_is_given_is_not_trained_anew()
    {
        TrainTests.AssertRefused(_pellucid.Run("tour", "tiny", "--retrain"), 2, "--retrain trains the built-in model; leave out MODEL");
        TrainTests.AssertRefused(_pellucid.Run("tour", "tiny", "--sizes"), 2,
            "--sizes trains models of its own; leave out MODEL, --quick and --retrain");
        TrainTests.AssertRefused(_pellucid.Run("tour", "--seeds", "--quick"), 2,
            "--seeds trains models of its own; leave out MODEL, --quick and --retrain");
        Assert.Empty(Directory.GetFileSystemEntries(_pellucid.Folder));
    }

    [Theory]
    [InlineData("holds", "holds", false)]
    [InlineData("holds", "partly", true)]
    [InlineData("no", "no", true)]
    public void Where_seeds_disagree_the_verdict_is_partly(string one, string other, bool isPartly)
    {
        TriedModel Tried(ulong seed, string verdict) => new("train " + Recipe.TinyOf(seed), 1, [new("00", verdict,
            [new("measure", 1, 0.1, 0, true)])]);
        var (chapter, finding) = (new FailingChapter(new NotSupportedException()), new Finding());
        finding.Central("measure", 1, Unit.Number, Bar.AtLeast(1));
        CentralClaims.Weigh(chapter, finding, new TrialRecord("", [Tried(1, one), Tried(3, other)]));
        Assert.Equal((isPartly ? Verdict.Partly : Verdict.Holds, Verdict.Holds), (finding.Verdict, finding.Alone));
        Assert.Equal([("tiny", "holds"), ("seed 1", one), ("seed 3", other)], CentralClaims.Verdicts(finding));
        finding.Central("another", 1, Unit.Number, Bar.AtLeast(1)); // the record is of other measures
        CentralClaims.Weigh(chapter, finding, new TrialRecord("", [Tried(1, one), Tried(3, other)]));
        Assert.Equal((Verdict.Holds, 0), (finding.Verdict, finding.Seeds.Count));
    }

    [Fact]
    public void What_an_instrument_refuses_is_not_asked_and_a_mistake_of_ours_is_not_hidden()
    {
        var refused = AnyModelTour.Ask(new FailingChapter(new NotSupportedException("no heads")), null!);
        Assert.Equal("This model cannot be asked: no heads.", refused.NotAskedBecause!.English);
        Assert.Throws<InvalidOperationException>(() =>
            AnyModelTour.Ask(new FailingChapter(new InvalidOperationException("Sequence contains no elements")), null!));
    }

    public void Dispose() => _pellucid.Dispose();

    [Fact]
    public void A_model_with_an_adapter_has_a_table_of_tokens_too()
    {
        IReadOnlyList<Measure> Of(string model)
        {
            using var subject = Subject.Load(model, CpuBackend.Create(2));
            return new WordTableChapter().Look(new Guide(subject, new History("", true, []), quick: true, threads: 2)).Measures;
        }
        Assert.Equal(Of("tiny").Select(measure => measure.Value), Of("tiny+assistant").Select(measure => measure.Value));
    }

    private sealed class FailingChapter(Exception error) : Chapter("00", "", "", "")
    {
        public override Finding Look(Guide guide) => throw error;
    }

    private static List<(string Id, Finding Finding)> Ask(string folder)
    {
        using var subject = Subject.Load(folder, CpuBackend.Create(2));
        var guide = new Guide(subject, new History("", true, []), quick: true, threads: 2);
        return [.. AnyModelTour.Chapters.Select(chapter => (chapter.Id, AnyModelTour.Ask(chapter, guide)))];
    }

    private string CopyOfTiny(string name)
    {
        var folder = Directory.CreateDirectory(_pellucid.File(name)).FullName;
        foreach (var file in Directory.GetFiles(Tiny))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return folder;
    }

    private static void WriteRandom(GptConfig config, string folder)
    {
        using var backend = CpuBackend.Create(2);
        using var gpt = new Gpt(config, backend);
        gpt.Initialize(1);
        Checkpoint.Save(folder, gpt);
    }

    // Every tensor keeps its numbers, in another order.
    private static void Shuffle(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var start = 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, start - 8));
        foreach (var tensor in header.RootElement.EnumerateObject().Where(tensor => tensor.Name != "__metadata__"))
        {
            Assert.Equal("F32", tensor.Value.GetProperty("dtype").GetString());
            var offsets = tensor.Value.GetProperty("data_offsets");
            var (first, end) = (offsets[0].GetInt32(), offsets[1].GetInt32());
            new Random(1).Shuffle(MemoryMarshal.Cast<byte, float>(bytes.AsSpan(start + first, end - first)));
        }
        File.WriteAllBytes(path, bytes);
    }
}
