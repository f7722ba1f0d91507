using System.Globalization;
using Pellucid.Looking.Probes;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Tests.Looking.Probes;

public sealed class ProbeTests
{
    // F1 of cumulative probes by layer, from the embedding up: figures of the authors' published analysis (nyu-mll/jiant, probing, cell 9).
    // BERT-large has 24 layers, BERT-base 12.
    [Theory]
    [InlineData("base-POS", 1.76,
        "88.3952 93.4826 94.9644 95.4243 95.9719 96.4355 96.3890 96.4161 96.5560 96.4781 96.5859 96.4020 96.4782")]
    [InlineData("base-Const", 2.38,
        "75.1997 80.5569 83.0987 84.8947 86.0373 86.4235 86.7595 86.7625 87.2055 87.0436 86.9797 87.2785 87.2441")]
    [InlineData("base-Ent", 2.42,
        "89.8686 93.3274 94.2983 94.4166 95.1909 95.4043 95.5909 95.6814 95.8536 95.9136 95.9984 95.9326 96.0298")]
    [InlineData("base-Dep", 2.52,
        "85.1990 90.2369 91.2977 92.5571 93.6569 94.0952 94.6465 94.8954 95.1667 95.2115 95.0951 95.3245 95.2172")]
    [InlineData("base-SRL", 2.59,
        "79.4559 85.2654 86.5578 87.7683 89.1407 90.3564 90.3386 91.0484 90.9998 90.7155 90.4659 90.8396 91.0886")]
    [InlineData("base-Coref", 3.62,
        "80.0073 82.5248 84.2960 85.1926 86.9400 87.5822 88.2827 88.8928 90.2742 90.3805 90.5657 90.2825 90.1648")]
    [InlineData("base-Rel", 4.16,
        "58.9330 66.0471 68.6298 70.8558 73.9742 74.6635 77.2542 78.2458 80.2260 81.1677 81.6441 83.2685 82.8699")]
    [InlineData("base-SPR1", 4.29,
        "77.8073 78.7641 79.6591 80.3152 80.9008 81.7424 82.0834 82.8600 83.0438 83.5019 83.4576 83.6118 83.5242")]
    [InlineData("large-POS", 3.39, "88.5125 91.6603 93.1812 93.7355 94.7419 95.1395 95.3522 95.6536 95.8179 95.8860 96.0748 96.3911 "
        + "96.6274 96.8306 96.8053 96.6902 96.7856 96.6949 96.7164 96.7759 96.7220 96.7209 96.7089 96.7005 96.6928")]
    [InlineData("large-Const", 3.79, "73.5588 79.5000 80.6049 81.0727 83.7707 84.3295 84.3980 84.1754 84.5357 84.9038 85.6799 86.3901 "
        + "86.9543 86.8418 86.7555 86.8608 87.1781 86.6804 87.2505 87.1349 87.2282 86.8403 86.6614 86.8610 86.9579")]
    [InlineData("large-Ent", 4.64, "90.5993 93.3469 93.2902 93.4857 93.9168 94.5017 94.4693 94.6938 94.7908 94.8924 95.0241 95.4655 "
        + "95.5142 95.7043 95.8289 96.0386 96.2432 96.1739 96.2881 96.3331 96.3062 96.2056 96.3069 96.2913 96.1444")]
    [InlineData("large-Dep", 5.69, "85.6382 88.1905 89.0475 89.7530 91.5321 91.8202 91.7361 92.0803 92.2286 92.4294 93.1269 94.0032 "
        + "94.6229 94.9609 95.3445 95.2970 95.5448 95.4705 95.4612 95.6357 95.5997 95.6314 95.5466 95.4966 95.5181")]
    [InlineData("large-SRL", 6.54, "81.3187 81.7771 85.0329 83.2774 86.1553 86.3155 86.3920 87.2223 88.4029 87.9567 88.7891 89.9801 "
        + "90.1257 90.9251 91.3365 91.3003 91.6079 91.4618 91.2471 91.4497 91.6721 91.6716 91.4589 91.6397 91.4466")]
    [InlineData("large-Rel", 9.40, "60.7297 64.5320 65.4454 65.2985 68.1107 68.9065 70.8283 72.1992 72.9841 73.8676 74.2857 75.1748 "
        + "76.5489 76.6082 77.1363 78.3362 79.9314 81.1825 81.4019 82.2346 83.0461 83.2044 84.1173 83.6120 84.1695")]
    [InlineData("large-Coref", 9.47, "80.4676 81.8555 82.3207 82.5202 83.8175 84.1711 84.1341 84.5196 85.2824 85.6027 86.2860 87.3380 "
        + "87.4892 88.5364 89.2062 90.3020 90.7447 91.3851 91.9886 91.9993 91.7607 91.9689 92.1066 92.0903 91.9394")]
    [InlineData("large-SPR1", 9.93, "77.6625 78.1162 78.4673 78.7330 79.3514 79.5378 79.8145 80.0137 80.2963 80.6650 81.0081 81.1382 "
        + "81.6835 81.6551 81.9255 82.1486 82.7199 82.9169 83.1592 83.2402 83.4339 83.7572 83.7758 83.9228 83.7205")]
    public void Expected_layers_of_bert_are_those_published(string task, double expected, string scores)
    {
        var cumulative = scores.Split(' ').Select(score => double.Parse(score, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(task.StartsWith("large", StringComparison.Ordinal) ? 25 : 13, cumulative.Length);
        Assert.Equal(expected, LayerMeasures.ExpectedLayer(cumulative), 0.006);
    }

    [Fact]
    public void Centre_of_gravity_and_peakedness_are_those_of_the_weights()
    {
        Assert.Equal(1.5, LayerMeasures.CentreOfGravity([0.25, 0.25, 0.25, 0.25]), 12);
        Assert.Equal(2, LayerMeasures.CentreOfGravity([0, 0, 1, 0]), 12);
        Assert.Equal(0, LayerMeasures.DivergenceFromUniform([0.5, 0.5]), 12);
        Assert.Equal(Math.Log(4), LayerMeasures.DivergenceFromUniform([0, 0, 1, 0]), 12);
    }

    // States without a trace of the label below layer k, and with it from there on: in one column that is +1 or -1, beside noise.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void What_comes_up_at_one_layer_is_expected_exactly_there(int k)
    {
        const int Columns = 8, Layers = 4;
        using var backend = TestBackends.CreateCpu(TestBackends.WidestCpu, threads: 1);
        ProbeExample[] Examples(int count, uint purpose) => [.. Enumerable.Range(0, count)
            .Select(i => new ProbeExample(0, 0, -1, (int)(CounterRandom.Bits(5, purpose, 0, (ulong)i) % 2), $"word {i}"))];
        var (training, examination) = (Examples(600, 1), Examples(200, 2));
        LayerStates States(ProbeExample[] examples) => new(examples.Length, Columns, [.. Enumerable.Range(0, Layers + 1).Select(layer =>
            examples.SelectMany((example, i) => Enumerable.Range(0, Columns).Select(column => layer < k ? 0
                : column == 0 ? 2 * example.Label - 1 : 0.5f * CounterRandom.Normal(6, (uint)layer, (ulong)i, (ulong)column))).ToArray())]);
        var task = new ProbeTask("planted", ["a", "b"], [[0]], training, examination);
        var report = ProbeReport.Of(backend, task, (States(training), States(examination)));
        Assert.All(report.Places.Take(k), place => Assert.Equal(report.Places[0].Cumulative.Mean, place.Cumulative.Mean));
        Assert.All(report.Places.Skip(k),
            place => Assert.Equal((1, 1, 1), (place.Linear.Mean, place.TwoLayer.Mean, place.Cumulative.Mean)));
        Assert.Equal((k, 0), (report.Cumulative.ExpectedLayer.Mean, report.Cumulative.ExpectedLayer.StandardError));
        Assert.True(report.Cumulative.Gains);
        Assert.True(report.Cumulative.CentreOfGravity > k - 0.5, $"{report.Cumulative.CentreOfGravity}"); // towards the places that tell it
        // Every word is its own: no random label of a word can be known, and all of the accuracy is selective.
        Assert.InRange(report.Places[k].Control.Mean, 0.35, 0.65);
        Assert.InRange(report.Places[k].Selectivity, 0.35, 0.65);
    }

    [Fact]
    public void Where_words_tell_everything_the_control_task_is_done_as_well()
    {
        using var backend = TestBackends.CreateCpu(TestBackends.WidestCpu, threads: 1);
        ProbeExample[] Examples(int count) =>
            [.. Enumerable.Range(0, count).Select(i => new ProbeExample(0, 0, -1, i % 8 / 4, $"word {i % 8}"))];
        LayerStates States(ProbeExample[] examples) => new(examples.Length, 8,
            [examples.SelectMany((_, i) => Enumerable.Range(0, 8).Select(column => column == i % 8 ? 1f : 0)).ToArray()]);
        var (training, examination) = (Examples(400), Examples(80));
        var report = ProbeReport.Of(backend, new ProbeTask("words", ["a", "b"], [[0]], training, examination),
            (States(training), States(examination)));
        Assert.Equal((1, 1, 0), (report.Places[0].Linear.Mean, report.Places[0].Control.Mean, report.Places[0].Selectivity));
        Assert.Equal((1, double.NaN), (report.Places[0].Weight, report.Cumulative.ExpectedLayer.Mean));
        Assert.False(report.Cumulative.Gains);
    }

    [Fact]
    public void The_error_of_an_expected_layer_is_what_drawing_the_examination_again_makes_of_it()
    {
        // Half are right with words alone; of the others most become right at layer 1, fewer at 2, some at 3, and some are lost on the way.
        const int Examples = 400, Layers = 4;
        bool IsRight(int place, int i) =>
            i % 2 == 0 ? place < 3 || i % 20 > 0 : place >= (i % 10) switch { 1 or 3 or 5 => 1, 7 => 2, _ => 3 + i % 3 };
        var right = Enumerable.Range(0, Layers + 1)
            .Select(place => Enumerable.Range(0, Examples).Select(i => IsRight(place, i)).ToArray()).ToArray();
        var expected = new CumulativeProbes(new ProbeTask("made up", ["a", "b"], [[0]], [], []), right, [1]).ExpectedLayer;
        var again = Enumerable.Range(0, 2000).Select(draw =>
        {
            var drawn = Enumerable.Range(0, Examples)
                .Select(i => (int)(CounterRandom.Bits(1, 7, (ulong)draw, (ulong)i) % Examples)).ToArray();
            return LayerMeasures.ExpectedLayer([.. right.Select(place => drawn.Average(i => place[i] ? 1.0 : 0))]);
        }).ToArray();
        var mean = again.Average();
        Assert.Equal(mean, expected.Mean, 0.02);
        Assert.InRange(expected.StandardError / Math.Sqrt(again.Average(value => (value - mean) * (value - mean))), 0.93, 1.07);
    }

    [Fact]
    public void Untrained_models_are_probed_beside_and_every_task_of_the_micro_world_has_its_truth()
    {
        using var backend = TestBackends.CreateCpu(TestBackends.WidestCpu, threads: 1);
        var tokenizer = BpeTrainer.Train(System.Text.Encoding.UTF8.GetBytes(new Pellucid.Worlds.MicroWorld(1).Text(100_000)), 1000);
        var config = new GptConfig { VocabularySize = tokenizer.VocabularySize, Context = 96, Layers = 1, Heads = 2, Width = 16 };
        var tasks = MicroWorldProbes.Names.ToDictionary(name => name, name => MicroWorldProbes.Task(name, tokenizer, config, count: 60));
        Assert.All(tasks.Values, task => Assert.Equal((60, 30), (task.Training.Count, task.Examination.Count)));
        Assert.Empty(tasks["facts"].Training.Select(example => example.Sentence)
            .Intersect(tasks["facts"].Examination.Select(example => example.Sentence)));
        Assert.Equal(["plural", "singular"], tasks["agreement"].Labels);
        Assert.Equal(["NOUN", "VERB"], tasks["noun-or-verb"].Labels);
        Assert.Equal(["first", "second"], tasks["coreference"].Labels);
        Assert.All((string[])["noun-or-verb", "sense"], name => Assert.All(tasks[name].Training, example => Assert.EndsWith(example.Type,
            tokenizer.Decode(tasks[name].Sentences[example.Sentence].AsSpan(0, example.Position + 1)), StringComparison.Ordinal)));
        using var gpt = new Gpt(config, backend);
        gpt.Initialize(1);
        // The same seed gives the same random weights: trained and untrained are one model here.
        Assert.All(ProbeReport.Of(gpt, tasks["part-of-speech"], seed: 1).Places, place => Assert.Equal(place.Linear, place.Untrained));
    }

    [Theory]
    [InlineData("noun-or-verb")]
    [InlineData("agreement")]
    [InlineData("coreference")]
    public void Words_and_places_alone_do_not_tell_what_context_must(string name)
    {
        var tokenizer = BpeTrainer.Train(System.Text.Encoding.UTF8.GetBytes(new Pellucid.Worlds.MicroWorld(1).Text(100_000)), 1000);
        var task = MicroWorldProbes.Task(name, tokenizer,
            new GptConfig { VocabularySize = tokenizer.VocabularySize, Context = 96, Layers = 1, Heads = 2, Width = 16 }, count: 100_000);
        foreach (var part in (IReadOnlyList<ProbeExample>[])[task.Training, task.Examination])
            Assert.All(part.GroupBy(example => example.Type), word =>
                Assert.Single(word.CountBy(example => example.Label).Select(label => label.Value).Append(word.Count() / 2).Distinct()));
        // Other sentences stand before, more or fewer.
        Assert.InRange(task.Training.Select(example => example.Position).Distinct().Count(), 25, 96);
    }

    [Fact]
    public void Treebanks_are_read_with_contractions_and_bad_lines_are_named()
    {
        using var folder = new TemporaryFolder();
        string[] sentence = ["# text = I don't go.", Row(1, "I", "PRON", 4, "nsubj"), "2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\t_",
            Row(2, "do", "AUX", 4, "aux"), Row(3, "n't", "PART", 4, "advmod"), Row(4, "go", "VERB", 0, "root", "SpaceAfter=No"),
            "4.1\tx\t_\t_\t_\t_\t_\t_\t_\t_", Row(5, ".", "PUNCT", 4, "punct"), ""];
        var path = folder.File("tree.conllu");
        File.WriteAllLines(path, Enumerable.Repeat(sentence, 10).SelectMany(lines => lines));
        var tokenizer = CharacterTokenizer.FromText(System.Text.Encoding.UTF8.GetBytes("I don't go."));
        var config = new GptConfig { VocabularySize = tokenizer.VocabularySize, Context = 32, Layers = 1, Heads = 1, Width = 8 };
        var task = ConlluProbes.Task("dependency", [path], tokenizer, config);
        Assert.Equal("I don't go.", tokenizer.Decode(task.Sentences[0]));
        Assert.Equal(["advmod", "aux", "nsubj", "punct"], task.Labels);
        Assert.Contains(task.Training, example => (example.Position, example.Other, task.Labels[example.Label]) == (0, 9, "nsubj"));
        // the whole of don't
        Assert.Contains(task.Training, example => (example.Position, example.Other, task.Labels[example.Label]) == (6, 9, "advmod"));
        Assert.Equal(["left", "right", "root"], ConlluProbes.Task("head-direction", [path], tokenizer, config).Labels);
        void Refused(string message, params string[] lines)
        {
            File.WriteAllLines(path, lines);
            Assert.Contains(message,
                Assert.Throws<InvalidDataException>(() => ConlluProbes.Task("dependency", [path], tokenizer, config)).Message,
                StringComparison.Ordinal);
        }
        Refused("line 2 has 3 fields, not the 10 of CoNLL-U", sentence[1], "a\tb\tc");
        Refused("line 1 has the head 'x', which is no number",
            Row(1, "I", "PRON", 4, "nsubj").Replace("\t4\t", "\tx\t", StringComparison.Ordinal));
        Refused("line 1 is word '7' where 1 was expected", Row(7, "I", "PRON", 4, "nsubj"));
        Refused("the head of word 1 in the sentence before line 2 is 4, but it has 1 words", Row(1, "I", "PRON", 4, "nsubj"));

        static string Row(int number, string form, string tag, int head, string relation, string rest = "_") =>
            $"{number}\t{form}\t_\t{tag}\t_\t_\t{head}\t{relation}\t_\t{rest}";
    }

    [Fact]
    public void The_public_treebank_can_be_probed()
    {
        var tokenizer = BpeTrainer.Train(System.Text.Encoding.UTF8.GetBytes(new Pellucid.Worlds.MicroWorld(1).Text(50_000)), 600);
        var config = new GptConfig { VocabularySize = tokenizer.VocabularySize, Context = 256, Layers = 1, Heads = 2, Width = 16 };
        var task = ConlluProbes.Task("part-of-speech", [SharedData.Path("ud-ewt/en_ewt-ud-dev.conllu")], tokenizer, config, count: 500);
        Assert.Equal((500, 250), (task.Training.Count, task.Examination.Count));
        Assert.InRange(task.Labels.Count, 15, 18);
    }
}
