using Pellucid.Tuning.Losses;

namespace Pellucid.Tests.Tuning.Losses;

/// <summary>DPO and its relatives: closed forms, finite differences, and what TRL computes.</summary>
public sealed class PreferenceLossTests
{
    // ln π (−10, −12), ln reference (−11, −11.5): βh is 0.15.
    private static readonly AnswerPair ByHand = new(-10, -12, 4, 5) { ReferenceChosen = -11, ReferenceRejected = -11.5 };

    [Fact]
    public void P14_the_first_loss_is_ln_2_to_the_last_bit_when_the_reference_is_the_start()
    {
        var start = new AnswerPair(-31.7, -8.1, 9, 3) { ReferenceChosen = -31.7, ReferenceRejected = -8.1 };
        Assert.Equal(Math.Log(2), new PreferenceLoss(PreferenceKind.Sigmoid).Of(start).Loss);
        Assert.Equal(0, start.Margin);
    }

    [Fact]
    public void Losses_are_those_computed_by_hand()
    {
        var dpo = new PreferenceLoss(PreferenceKind.Sigmoid).Of(ByHand);
        Assert.Equal(0.6209570477895321, dpo.Loss, 1e-15);
        Assert.Equal(-0.04625701546562505, dpo.ByChosen, 1e-16);
        Assert.Equal(-dpo.ByChosen, dpo.ByRejected);
        Assert.Equal(12.25, new PreferenceLoss(PreferenceKind.Ipo).Of(ByHand).Loss, 1e-13);
        Assert.Equal(0.85, new PreferenceLoss(PreferenceKind.Hinge).Of(ByHand).Loss, 1e-15);
        Assert.Equal(0.6359570477895321, new PreferenceLoss(PreferenceKind.Sigmoid) { LabelSmoothing = 0.1 }.Of(ByHand).Loss, 1e-15);
        Assert.Equal(0.602207047789532, new PreferenceLoss(PreferenceKind.Robust) { LabelSmoothing = 0.1 }.Of(ByHand).Loss, 1e-15);
    }

    [Theory]
    [InlineData("sigmoid", 0)]
    [InlineData("sigmoid", 0.2)]
    [InlineData("robust", 0.2)]
    [InlineData("ipo", 0)]
    [InlineData("hinge", 0)]
    [InlineData("exo_pair", 0.05)]
    [InlineData("nca_pair", 0)]
    [InlineData("bco_pair", 0)]
    [InlineData("sppo_hard", 0)]
    [InlineData("apo_zero", 0)]
    [InlineData("apo_down", 0)]
    [InlineData("discopop", 0)]
    [InlineData("sigmoid_norm", 0)]
    [InlineData("simpo", 0)]
    [InlineData("orpo", 0)]
    public void Derivatives_equal_finite_differences(string name, double smoothing)
    {
        foreach (var asTrl in (bool[])[false, true])
        {
            var loss = new PreferenceLoss(PreferenceLoss.KindOf(name))
            {
                Beta = 0.3, LabelSmoothing = smoothing, TargetMargin = 0.4, AsTrl = asTrl
            };
            PairLoss Of(double[] at) => loss.Of(ByHand with { Chosen = at[0], Rejected = at[1] });
            double[] here = [-3.1, -4.3];
            var (_, byChosen, byRejected) = Of(here);
            Differences.Assert(here, at => Of(at).Loss, [byChosen, byRejected]);
        }
    }

    // Both answers become less likely for the many others' sake, the rejected one faster: with logits −θ, −3θ and 0 of eight others
    // d ln p(chosen) / dθ = −1 + Σ is below 0 from the start, while the margin grows by 2.
    [Fact]
    public void P16_a_preferred_answer_becomes_less_likely_while_the_margin_rises()
    {
        var (loss, theta) = (new PreferenceLoss(PreferenceKind.Sigmoid) { Beta = 0.5 }, 0.0);
        (double Chosen, double Rejected) At(double angle)
        {
            var sum = Math.Log(Math.Exp(-angle) + Math.Exp(-3 * angle) + 8);
            return (-angle - sum, -3 * angle - sum);
        }

        var (reference, chosen, margin) = (At(0), At(0).Chosen, 0.0);
        for (var step = 0; step < 50; step++)
        {
            var (up, down) = (At(theta + 1e-6), At(theta - 1e-6));
            AnswerPair Pair((double Chosen, double Rejected) now) => new(now.Chosen, now.Rejected, 1, 1)
            {
                ReferenceChosen = reference.Chosen, ReferenceRejected = reference.Rejected,
            };
            var slopes = loss.Of(Pair(At(theta)));
            theta -= 0.1 * (slopes.ByChosen * (up.Chosen - down.Chosen) + slopes.ByRejected * (up.Rejected - down.Rejected)) / 2e-6;
            var now = Pair(At(theta));
            Assert.True(now.Margin > margin && now.Chosen < chosen, $"step {step}: margin {now.Margin}, chosen {now.Chosen}");
            (margin, chosen) = (now.Margin, now.Chosen);
        }
    }

    [Fact]
    public void P25_answers_of_one_token_that_is_certain_have_finite_losses()
    {
        var certain = new AnswerPair(0, -0.5, 1, 1);
        foreach (var kind in Enum.GetValues<PreferenceKind>())
        {
            var (loss, byChosen, byRejected) = new PreferenceLoss(kind)
            {
                LabelSmoothing = kind == PreferenceKind.Exo ? 0.1 : 0,
            }.Of(certain);
            Assert.True(double.IsFinite(loss) && double.IsFinite(byChosen) && double.IsFinite(byRejected), kind.ToString());
        }
    }

    [Fact]
    public void The_optimum_of_a_finite_set_is_where_the_gradient_vanishes()
    {
        // Labels drawn with σ(s_i − s_j), s = (0, 0.5, −1), reference (0.5, 0.3, 0.2), β 0.5.
        double[] optimum = [0.3724251627043326, 0.6074139313440543, 0.02016090595161297], reference = [0.5, 0.3, 0.2], s = [0, 0.5, -1];
        var (loss, sum, gradient) = (new PreferenceLoss(PreferenceKind.Sigmoid) { Beta = 0.5 }, 0.0, new double[3]);
        foreach (var (i, j) in ((int, int)[])[(0, 1), (0, 2), (1, 2)])
            foreach (var (w, l) in ((int, int)[])[(i, j), (j, i)])
            {
                var share = Elementary.Sigmoid(s[w] - s[l]);
                var of = loss.Of(new AnswerPair(Math.Log(optimum[w]), Math.Log(optimum[l]), 1, 1)
                {
                    ReferenceChosen = Math.Log(reference[w]), ReferenceRejected = Math.Log(reference[l])
                });
                sum += share * of.Loss / 3;
                gradient[w] += share * of.ByChosen;
                gradient[l] += share * of.ByRejected;
            }
        Assert.Equal(0.5733673303865615, sum, 1e-12);
        Assert.All(gradient, each => Assert.Equal(0, each, 1e-12));
    }

    [Theory]
    [MemberData(nameof(TrlCases.Pairs), MemberType = typeof(TrlCases))]
    public void Losses_of_pairs_are_those_of_TRL(string name)
    {
        var file = TrlCases.Open("dpo");
        var (each, first) = (TrlCases.Case(file, name), TrlCases.Case(file, "sigmoid"));
        if (each.Text("models") == "lora")
            first = TrlCases.Case(file, "lora");
        var options = each.GetProperty("options");
        var loss = new PreferenceLoss(PreferenceLoss.KindOf(options.GetProperty("loss_type")[0].GetString()!))
        {
            Beta = options.Number("beta"), LabelSmoothing = options.Number("label_smoothing"), AsTrl = true
        };
        var lengths = each.Own("inputs", first).IntegerRows("completion_mask").Select(row => row.Sum()).ToArray();
        double[] Of(string field) => each.Own(field, first).Numbers();
        var (chosen, rejected) = (Of("chosen_logps"), Of("rejected_logps"));
        var (referenceChosen, referenceRejected) = (Of("ref_chosen_logps"), Of("ref_rejected_logps"));
        var losses = chosen.Select((_, i) => loss.Of(new AnswerPair(chosen[i], rejected[i], lengths[i], lengths[i + chosen.Length])
        {
            ReferenceChosen = referenceChosen[i], ReferenceRejected = referenceRejected[i],
        }).Loss).ToArray();
        Assert.Equal(each.Number("loss"), losses.Average(), 1e-11);
    }

    [Theory]
    [InlineData("cdpo")]
    [InlineData("cdpo-strong")]
    [InlineData("sigmoid")]
    public void Label_smoothing_is_that_of_TRL_when_it_had_it(string name)
    {
        var file = TrlCases.Open("cdpo");
        var (each, inputs) = (TrlCases.Case(file, name), file.GetProperty("inputs"));
        var options = each.GetProperty("options");
        var loss = new PreferenceLoss(PreferenceKind.Sigmoid)
        {
            Beta = options.Number("beta"), LabelSmoothing = options.Number("label_smoothing")
        };
        var chosen = inputs.Numbers("chosen_logps");
        for (var i = 0; i < chosen.Length; i++)
        {
            var of = loss.Of(new AnswerPair(chosen[i], inputs.Numbers("rejected_logps")[i], 1, 1)
            {
                ReferenceChosen = inputs.Numbers("ref_chosen_logps")[i], ReferenceRejected = inputs.Numbers("ref_rejected_logps")[i],
            });
            Assert.Equal(each.Numbers("per_sequence_loss")[i], of.Loss, 1e-12);
            Assert.Equal(each.Numbers("d_loss_d_chosen_logps")[i], of.ByChosen / chosen.Length, 1e-13);
            Assert.Equal(each.Numbers("d_loss_d_rejected_logps")[i], of.ByRejected / chosen.Length, 1e-13);
        }
    }

    [Theory]
    [InlineData("simpo", "simpo")]
    [InlineData("alphapo", "simpo")]
    [InlineData("orpo", "orpo")]
    public void Losses_without_reference_are_those_of_TRL(string name, string kind)
    {
        var file = TrlCases.Open("cpo-simpo-orpo");
        var (each, inputs) = (TrlCases.Case(file, name), file.GetProperty("inputs"));
        var options = each.GetProperty("options");
        var loss = new PreferenceLoss(PreferenceLoss.KindOf(kind))
        {
            Beta = options.Number("beta"), TargetMargin = kind == "simpo" ? options.Number("simpo_gamma") : 0,
            Alpha = kind == "simpo" ? options.Number("alpha") : 0,
        };
        int[] Lengths(string field) => [.. inputs.IntegerRows(field).Select(row => row.Count(label => label >= 0))];
        var (chosenTokens, rejectedTokens) = (Lengths("chosen_labels"), Lengths("rejected_labels"));
        var (chosen, rejected) = (each.Numbers("policy_chosen_logps"), each.Numbers("policy_rejected_logps")); // means
        var sum = 0.0;
        for (var i = 0; i < chosen.Length; i++)
            sum += loss.Of(new AnswerPair(chosen[i] * chosenTokens[i], rejected[i] * rejectedTokens[i],
                chosenTokens[i], rejectedTokens[i])).Loss / chosen.Length;
        var likelihood = kind == "orpo" ? each.Number("policy_nll_loss") : 0;
        Assert.Equal(each.Number("loss"), sum + likelihood, 1e-12);
    }

    [Theory]
    [InlineData("aot")]
    [InlineData("aot_unpaired")]
    [InlineData("sft")]
    public void What_is_not_computed_is_refused_by_its_name(string name)
    {
        Assert.StartsWith($"the loss '{name}' is not computed here; those that are: sigmoid, robust,",
            Assert.Throws<ArgumentException>(() => PreferenceLoss.KindOf(name)).Message);
    }

    [Fact]
    public void Numbers_that_make_no_sense_are_refused()
    {
        Assert.Equal("beta (0) must be above 0",
            Assert.Throws<ArgumentException>(() => new PreferenceLoss(PreferenceKind.Ipo) { Beta = 0 }.Validate()).Message);
        Assert.Equal("label smoothing (0.5) must be from 0 to below 0.5", Assert.Throws<ArgumentException>(() =>
            new PreferenceLoss(PreferenceKind.Robust) { LabelSmoothing = 0.5 }.Validate()).Message);
        Assert.Equal("the loss exo_pair needs a label smoothing above 0", Assert.Throws<ArgumentException>(() =>
            new PreferenceLoss(PreferenceKind.Exo).Validate()).Message);
        Assert.StartsWith("the loss bco_pair of its paper follows a running mean of rewards, which is not computed here",
            Assert.Throws<ArgumentException>(() => new PreferenceLoss(PreferenceKind.Bco).Validate()).Message);
        Assert.Equal("label smoothing (0.1) has no part in the loss hinge", Assert.Throws<ArgumentException>(() =>
            new PreferenceLoss(PreferenceKind.Hinge) { LabelSmoothing = 0.1 }.Validate()).Message);
    }
}
