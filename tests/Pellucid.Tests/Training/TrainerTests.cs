using System.Text;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;
using Pellucid.Training;
using Pellucid.Worlds;

namespace Pellucid.Tests.Training;

public sealed class TrainerTests
{
    private static readonly GptConfig Shape = new() { VocabularySize = 60, Context = 16, Layers = 2, Heads = 2, Width = 32 };

    [Fact]
    public void One_batch_is_learned_by_heart()
    {
        using var backend = TestBackends.Create("Vector128");
        using var gpt = NewGpt(backend);
        // Two parts of 17 tokens: every sequence drawn is the same one.
        var tokens = Enumerable.Range(0, 34).Select(i => i * 7 % 59).ToArray();
        using var trainer = new Trainer(gpt, new TokenStream(tokens, 16, 0.5),
            new TrainingOptions { Steps = 250, Batch = 2, LearningRate = 5e-3f, Warmup = 20, EvaluateBatches = 1, EvaluateEvery = 1000 });
        var last = 0.0;
        trainer.Run(report => last = report.TrainLoss ?? double.NaN, TestContext.Current.CancellationToken);
        Assert.InRange(last, 0, 0.01);
    }

    [Fact]
    public void The_micro_world_is_learned_better_than_letter_pairs()
    {
        var text = Encoding.UTF8.GetBytes(new MicroWorld(1).Text(60_000));
        var tokenizer = CharacterTokenizer.FromText(text);
        var tokens = new List<int>();
        tokenizer.Encode(text, tokens);
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var gpt = new Gpt(Shape with { VocabularySize = tokenizer.VocabularySize, Context = 32, Width = 64 }, backend);
        gpt.Initialize(1);
        using var trainer = new Trainer(gpt, new TokenStream([.. tokens], 32), new TrainingOptions
        {
            Steps = 600, Batch = 16, LearningRate = 3e-3f, MinLearningRate = 3e-4f, Warmup = 20, EvaluateEvery = 600
        });
        var reports = new List<TrainingReport>();
        trainer.Run(reports.Add, TestContext.Current.CancellationToken);
        Assert.Equal(Math.Log(tokenizer.VocabularySize), reports[0].ValidationLoss!.Value, 0.1);
        Assert.InRange(reports[^1].ValidationLoss!.Value, 0, LetterPairEntropy([.. tokens]) - 0.5);
    }

    [Fact]
    public void Equal_seeds_give_equal_weights_and_other_seeds_others()
    {
        Assert.Equal(WeightsAfter(seed: 3), WeightsAfter(seed: 3));
        Assert.NotEqual(WeightsAfter(seed: 3), WeightsAfter(seed: 4));
    }

    [Fact]
    public void A_loss_that_is_no_number_stops_before_the_weights_are_touched()
    {
        using var backend = TestBackends.Create("Vector128");
        using var gpt = NewGpt(backend);
        using var trainer = new Trainer(gpt, NewStream(), new TrainingOptions { Steps = 5, Batch = 2 });
        trainer.TrainStep();
        backend.Fill(gpt[ParameterRole.FinalNormBias], float.NaN);
        var before = Weights(gpt, "wpe.weight");
        var error = Assert.Throws<TrainingDivergedException>(() => trainer.TrainStep());
        Assert.Equal(2, error.Step);
        Assert.Equal(before, Weights(gpt, "wpe.weight"));
    }

    [Fact]
    public void What_was_not_a_number_first_is_named()
    {
        using var backend = TestBackends.Create("Vector128");
        string Message(Action<ParameterSet> damage, TrainingOptions options)
        {
            using var gpt = NewGpt(backend);
            using var trainer = new Trainer(gpt, NewStream(), options);
            trainer.TrainStep();
            damage(gpt.Parameters);
            return Assert.Throws<TrainingDivergedException>(() => trainer.TrainStep()).Message;
        }
        const string hint = " is not a number at step 2; try a smaller learning rate or a longer warm-up";
        var options = new TrainingOptions { Steps = 5, Batch = 4, MicroBatches = 2, Dropout = 0.2f };
        Assert.Equal("mlp_pre of layer 1" + hint, Message(set => backend.Fill(set["h.1.mlp.c_fc.weight"], 3e38f), options));
        Assert.Equal("q of layer 0" + hint, Message(set => backend.Fill(set["h.0.attn.c_attn.bias"], float.NaN), options));
        // Logits are as they were, but gradients of the table are beyond all norms.
        Assert.Equal("the gradient of wte.weight" + hint, Message(set =>
        {
            Scale(set["ln_f.weight"], 1e30f);
            Scale(set["ln_f.bias"], 1e30f);
            Scale(set["wte.weight"], 1e-30f);
        }, options));

        void Scale(Tensor tensor, float factor) =>
            backend.Write([.. Pellucid.Tests.Tensors.Tensors.ToFloats(tensor, backend).Select(value => factor * value)], tensor);
    }

    [Fact]
    public void Weights_that_are_not_numbers_are_never_saved()
    {
        using var folder = new TemporaryFolder();
        using var backend = TestBackends.Create("Vector128");
        using var gpt = NewGpt(backend);
        gpt.Parameters.PrepareTraining();
        using var run = TrainingFolder.Begin(folder.File("run"), gpt, SpecialTokens.None,
            CharacterTokenizer.FromText("abc"u8).Save, saveEvery: 100);
        run.Save();
        backend.Fill(gpt.Parameters["h.1.mlp.c_fc.bias"], float.PositiveInfinity);
        var error = Assert.Throws<TrainingDivergedException>(run.Save);
        Assert.StartsWith("h.1.mlp.c_fc.bias is not a number at step 0", error.Message, StringComparison.Ordinal);
        Checkpoint.Load(folder.File("run"), backend).Dispose();
    }

    [Fact]
    public void The_learning_rate_rises_and_follows_half_a_cosine()
    {
        var options = new TrainingOptions { Steps = 110, Warmup = 10, LearningRate = 1, MinLearningRate = 0.1f };
        Assert.Equal(1f / 11, LearningRate.At(1, options), 6);
        Assert.Equal(10f / 11, LearningRate.At(10, options), 6);
        for (var step = 11; step <= 110; step++)
            Assert.Equal(0.1 + 0.45 * (1 + Math.Cos(Math.PI * (step - 11) / 100)), LearningRate.At(step, options), 1e-6);
    }

    [Fact]
    public void Gradients_above_the_bound_are_clipped_to_it()
    {
        using var backend = TestBackends.Create("reference");
        float[] Moments(float clip)
        {
            using var gpt = NewGpt(backend);
            using var trainer = new Trainer(gpt, NewStream(), new TrainingOptions { Steps = 5, Batch = 2, Clip = clip });
            trainer.TrainStep();
            return Pellucid.Tests.Tensors.Tensors.ToFloats(gpt.Parameters.FirstMoment(0), backend);
        }
        // After one step the first moment is a tenth of the gradient that was used.
        double Norm(float[] values) => Math.Sqrt(values.Sum(value => (double)value * value));
        Assert.True(Norm(Moments(0)) > 0.011);
        Assert.InRange(Norm(Moments(0.1f)), 0.001, 0.01);
    }

    [Fact]
    public void A_sudden_loss_is_told_with_the_batch_that_caused_it()
    {
        using var backend = TestBackends.Create("Vector128");
        using var gpt = NewGpt(backend);
        const int strange = 1500; // one stretch of a text that is easy otherwise
        var tokens = Enumerable.Range(0, 4000).Select(i => i is >= strange and < strange + 20 ? i * i % 59 : i % 4).ToArray();
        using var trainer = new Trainer(gpt, new TokenStream(tokens, 16), new TrainingOptions
        {
            Steps = 400, Batch = 2, LearningRate = 1e-2f, MinLearningRate = 1e-2f, Warmup = 10, EvaluateEvery = 1000, EvaluateBatches = 1
        });
        var spikes = new List<LossSpike>();
        trainer.Run(report =>
        {
            if (report.Step > 100 && report.Spike is { } spike)
                spikes.Add(spike);
        }, TestContext.Current.CancellationToken);
        Assert.NotEmpty(spikes);
        Assert.All(spikes, spike =>
        {
            Assert.Equal(2, spike.Places.Count);
            Assert.InRange(spike.Places[spike.Sequence], strange - 17, strange + 20);
            Assert.True(spike.Deviations > 6);
        });
    }

    [Fact]
    public void Tokens_come_from_shards_as_from_memory()
    {
        using var folder = new TemporaryFolder();
        var tokens = Enumerable.Range(0, 5000).Select(i => i * i % 499).ToArray();
        File.WriteAllBytes(folder.File("a.bin"), [.. tokens[..1700].SelectMany(token => BitConverter.GetBytes((ushort)token))]);
        var header = new int[256];
        (header[0], header[1], header[2]) = (20240520, 1, 1300);
        File.WriteAllBytes(folder.File("b.bin"),
            [.. header.SelectMany(BitConverter.GetBytes), .. tokens[1700..3000].SelectMany(token => BitConverter.GetBytes((ushort)token))]);
        File.WriteAllBytes(folder.File("c.u32"), [.. tokens[3000..].SelectMany(BitConverter.GetBytes)]);
        using var store = TokenStore.Open([folder.File("a.bin"), folder.File("b.bin"), folder.File("c.u32")], 499);
        var (memory, files) = (new TokenStream(tokens, 300), new TokenStream(store, 300));
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(memory.Draw(1, i, 0).ToArray(), files.Draw(1, i, 0).ToArray());
            Assert.Equal(memory.Validation(i, 50).ToArray(), files.Validation(i, 50).ToArray());
        }
        Assert.EndsWith("token 0 is 499, but the vocabulary has only 499",
            Refusal(BitConverter.GetBytes((ushort)499)), StringComparison.Ordinal);
        Assert.EndsWith("3 bytes are no whole number of 16-bit tokens", Refusal([1, 0, 2]), StringComparison.Ordinal);
        header[2] = 7;
        Assert.EndsWith("its header claims 7 tokens, but it holds 1",
            Refusal([.. header.SelectMany(BitConverter.GetBytes), 1, 0]), StringComparison.Ordinal);

        string Refusal(byte[] bytes)
        {
            File.WriteAllBytes(folder.File("d.bin"), bytes);
            return Assert.Throws<InvalidDataException>(() => TokenStore.Open([folder.File("d.bin")], 499)).Message;
        }
    }

    [Fact]
    public void A_folder_holds_log_last_and_best()
    {
        using var folder = new TemporaryFolder();
        using var backend = TestBackends.Create("Vector128");
        using var gpt = NewGpt(backend);
        var path = folder.File("run");
        var tokenizer = CharacterTokenizer.FromText("abc"u8);
        using (var run = TrainingFolder.Begin(path, gpt, SpecialTokens.Of(tokenizer), tokenizer.Save, saveEvery: 100))
        using (var trainer = new Trainer(gpt, NewStream(),
            new TrainingOptions { Steps = 4, Batch = 2, EvaluateEvery = 2, EvaluateBatches = 1 }))
            trainer.Run(run.Report, TestContext.Current.CancellationToken);
        var log = File.ReadAllLines(Path.Combine(path, RunLog.FileName));
        Assert.Equal(5, log.Length);
        Assert.Contains("\"val_loss\":", log[4], StringComparison.Ordinal);
        using var last = Checkpoint.Load(path, backend);
        Assert.Equal(Weights(gpt, "wte.weight"), Weights(last, "wte.weight"));
        using var best = Checkpoint.Load(Path.Combine(path, "best"), backend);
        Assert.True(TrainingFolder.IsTaken(path));
    }

    [Fact]
    public void Too_short_a_text_is_refused_with_the_length_it_needs()
    {
        var error = Assert.Throws<ArgumentException>(() => new TokenStream(new int[100], 16));
        Assert.Equal("the text has 100 tokens; with 10% set aside for validation, sequences of 16 need at least 161", error.Message);
        Assert.Equal(17, new TokenStream(new int[161], 16).ValidationTokens);
    }

    private static double LetterPairEntropy(int[] tokens)
    {
        var pairs = tokens.Zip(tokens.Skip(1)).GroupBy(pair => pair).Select(group => (group.Key.First, Count: group.Count())).ToArray();
        var firsts = pairs.GroupBy(pair => pair.First).ToDictionary(group => group.Key, group => group.Sum(pair => pair.Count));
        return -pairs.Sum(pair => pair.Count * Math.Log((double)pair.Count / firsts[pair.First])) / (tokens.Length - 1);
    }

    private static float[] WeightsAfter(ulong seed)
    {
        using var backend = TestBackends.Create("Vector128");
        using var gpt = NewGpt(backend);
        using var trainer = new Trainer(gpt, NewStream(), new TrainingOptions { Steps = 5, Batch = 2, Seed = seed, Dropout = 0.1f });
        for (var step = 0; step < 5; step++)
            trainer.TrainStep();
        return Weights(gpt, "h.1.mlp.c_fc.weight");
    }

    private static float[] Weights(Gpt gpt, string name) => Pellucid.Tests.Tensors.Tensors.ToFloats(gpt.Parameters[name], gpt.Backend);

    private static TokenStream NewStream() => new([.. Enumerable.Range(0, 400).Select(i => i * i % 59)], 16);

    private static Gpt NewGpt(Backend backend)
    {
        var gpt = new Gpt(Shape, backend);
        gpt.Initialize(1);
        return gpt;
    }
}
