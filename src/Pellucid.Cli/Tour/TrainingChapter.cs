using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Pictures;
using Pellucid.Tensors;
using Pellucid.Training;

namespace Pellucid.Cli.Tour;

/// <summary>09: the faucets, live.</summary>
internal sealed class TrainingChapter() : Chapter("09",
    new("tour.training.title"),
    new("tour.training.claim"),
    new("tour.training.experiment"),
    new("tour.training.aside"))
{
    private const string Example = "I like my coffee with cream and";
    private const int Context = 32, Batch = 16, Layers = 2, Width = 64;

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var tokens = guide.Tokenizer.Encode(guide.World.Text(guide.Quick ? 1_500_000 : 4_000_000));
        using var gpt = SmallTraining.NewModel(guide, Layers, Width, Context);
        var options = SmallTraining.Options(guide.Quick ? 300 : 1500, Batch);
        using var trainer = new Trainer(gpt, new TokenStream(tokens, Context), options);
        var (sugar, prompt) = (guide.Subject.OneToken(" sugar"), guide.Subject.Encode(Example));
        var before = Guide.Next(gpt, prompt);
        var losses = new List<(double X, double Y)>();
        trainer.Run(report => losses.Add((report.Step, report.TrainLoss ?? report.ValidationLoss!.Value)));
        var after = Guide.Next(gpt, prompt);
        var guess = Math.Log(guide.Tokenizer.VocabularySize);
        finding.Baseline(new("tour.training.loss-at-the-start-over"), losses[0].Y / guess,
            Unit.Number, Bar.AtMost(1.05));
        finding.Central(new("tour.training.loss-at-the-end-over"), losses.TakeLast(20).Average(point => point.Y) / guess,
            Unit.Number, Bar.AtMost(0.5));
        finding.Baseline(new("tour.training.probability-of-sugar-before-training"), before.Probability(sugar), Unit.Share,
            Bar.AtMost(0.01));
        finding.Measure("tour.training.probability-of-sugar-after-this", after.Probability(sugar), Unit.Share);
        var told = guide.Next(Example);
        finding.Measure("tour.training.probability-of-sugar-in-the",
            told.Probability(sugar), Unit.Share, Bar.AtLeast(0.5));
        finding.Show("faucets-before", say => Bars(guide, say["tour.picture.faucets-before"], before),
            new Phrase("tour.training.the-likeliest-next-words-after", Example));
        finding.Show("faucets-after", say => Bars(guide, say["tour.picture.faucets-after"], told),
            "tour.training.the-same-question-to-the");
        finding.Show("loss", say => Curves.Draw(say["tour.picture.loss-while-it-learns"], say["tour.picture.step"],
            say["tour.picture.nats-per-token"],
            [new Series(say["tour.picture.training-loss"], losses),
                new Series(say["tour.picture.guessing"], [(0, guess), (options.Steps, guess)])]),
            "tour.training.from-guessing-among-all-tokens");
        ShowStep(guide, tokens, finding);
        if (guide.History.Observations.Count > 1)
            finding.Show("history", say => Curves.Draw(say["tour.picture.history"], say["tour.picture.step"],
                say["tour.picture.share-or-nats"],
                [
                    guide.History.Series(say["tour.picture.loss"], one => one.Loss),
                    guide.History.Series(say["tour.picture.capitals"], one => one.Capitals),
                    guide.History.Series(say["tour.picture.gift-sentences"], one => one.Gifts),
                ]), guide.History.IsRecorded ? "tour.training.as-recorded-then" : "tour.training.just-now");
        return finding;
    }

    private static double Square(Backend backend, Tensor gradient)
    {
        var values = new float[gradient.Count];
        backend.Read(gradient, values);
        return values.Sum(value => (double)value * value);
    }

    private static Picture Bars(Guide guide, string title, Distribution said) =>
        BarChart.Draw(title, [.. said.Top(8).Select(token => (guide.Subject.Show(token), said.Probability(token)))], 1);

    // One batch, one step down its gradient, the same batch again.
    private static void ShowStep(Guide guide, int[] tokens, Finding finding)
    {
        using var gpt = SmallTraining.NewModel(guide, Layers, Width, Context, others: 1);
        var stream = new TokenStream(tokens[..(2 * (Context + 1) * 20)], Context);
        using var trainer = new Trainer(gpt, stream, SmallTraining.Options(1, Batch) with { Warmup = 0, LearningRate = 1e-3f });
        var (before, norm, _) = trainer.TrainStep();
        var squares = gpt.Layout.Select((parameter, index) => (Place: PlaceOf(parameter),
            Square: Square(gpt.Backend, gpt.Parameters.Gradient(gpt.Parameters[index])))).ToList();
        using var again = new Trainer(gpt, stream, SmallTraining.Options(1, Batch) with { LearningRate = 1e-12f, MinLearningRate = 0 });
        var (after, _, _) = again.TrainStep();
        finding.Measure("tour.training.loss-of-one-batch-before", before, Unit.Number);
        finding.Central(new("tour.training.after-it-less-before-the"), after - before, Unit.Number, Bar.AtMost(-0.01));
        finding.Show("gradients", say => BarChart.Draw(say["tour.picture.gradients"],
            [.. squares.GroupBy(pair => pair.Place.In(say)).Select(group => (group.Key, Math.Sqrt(group.Sum(pair => pair.Square))))]),
            "tour.training.backpropagations-answer-to-one-wrong");
    }

    private static Phrase PlaceOf(Parameter parameter) => parameter.Role switch
    {
        ParameterRole.TokenTable => new("tour.picture.word-vectors"),
        ParameterRole.PositionTable => new("tour.picture.positions"),
        ParameterRole.FinalNormGain or ParameterRole.FinalNormBias => new("tour.picture.final-norm"),
        ParameterRole.AttentionInput or ParameterRole.AttentionInputBias or ParameterRole.AttentionOutput
            or ParameterRole.AttentionOutputBias =>
            new("tour.picture.layer-attention", parameter.Layer),
        >= ParameterRole.Router and <= ParameterRole.FeedForwardOutputBias =>
            new("tour.picture.layer-feed-forward", parameter.Layer),
        _ => new("tour.picture.layer-norms", parameter.Layer),
    };
}
